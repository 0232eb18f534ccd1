//! The picture of the floors in `docs/architecture.md` is true: a room takes only from where its arrows
//! lead, and every arrow is taken.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::visit::{self, Visit};

use super::house;

/// The picture: each room's name in it with the paths below `src` that it stands for, and the arrows.
#[derive(Default)]
struct Picture {
    rooms: BTreeMap<String, Vec<PathBuf>>,
    arrows: BTreeSet<(String, String)>,
}

impl Picture {
    fn read() -> Self {
        let page = fs::read_to_string(house().join("docs/architecture.md")).unwrap();
        let drawing = page.split("```mermaid").nth(1).unwrap().split("```").next().unwrap();
        let mut picture = Self::default();
        for line in drawing.lines().map(str::trim) {
            if let Some((name, label)) = line.split_once("[\"").filter(|_| !is_floor(line)) {
                let paths = label.split([' ', '"']).next().unwrap();
                picture.rooms.insert(name.to_owned(), several(paths));
            } else if let Some((from, to)) = line.split_once(" <--> ") {
                picture.arrow(from, to);
                picture.arrow(to, from);
            } else if let Some((from, to)) = line.split_once(" --> ") {
                picture.arrow(from, to);
            }
        }
        picture
    }

    fn arrow(&mut self, from: &str, to: &str) {
        for to in to.split(" & ") {
            self.arrows.insert((from.to_owned(), to.to_owned()));
        }
    }

    /// The room that a path below `src` belongs to.
    fn room_of(&self, path: &Path) -> Option<&str> {
        let within = |room: &&PathBuf| path.starts_with(room);
        let mut rooms = self.rooms.iter();
        rooms
            .find(|(_, paths)| paths.iter().any(|room| within(&room)))
            .map(|(name, _)| name.as_str())
    }

    /// All that the arrows of this room lead to.
    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(room) = next.pop() {
            for (_, to) in self.arrows.iter().filter(|(from, _)| from == room) {
                if reached.insert(to.as_str()) {
                    next.push(to);
                }
            }
        }
        reached
    }
}

fn is_floor(line: &str) -> bool {
    line.starts_with("subgraph")
}

/// `mdns/{txt,service}` is two paths.
fn several(paths: &str) -> Vec<PathBuf> {
    let paths = paths.trim_end_matches('/');
    match paths.split_once('{') {
        Some((before, inside)) => {
            inside.trim_end_matches('}').split(',').map(|it| Path::new(before).join(it)).collect()
        }
        None => vec![PathBuf::from(paths)],
    }
}

/// The paths that begin with `crate::`, from what is not a test.
#[derive(Default)]
struct Taken(BTreeSet<PathBuf>);

impl Taken {
    fn tree(&mut self, before: &Path, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.tree(&before.join(path.ident.to_string()), &path.tree),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(before, tree);
                }
            }
            syn::UseTree::Name(name) => {
                self.0.insert(before.join(name.ident.to_string()));
            }
            syn::UseTree::Rename(rename) => {
                self.0.insert(before.join(rename.ident.to_string()));
            }
            syn::UseTree::Glob(_) => {
                self.0.insert(before.to_owned());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Taken {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
        };
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(Path::new(""), &path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.first().is_some_and(|first| first.ident == "crate") {
            self.0.insert(path.segments.iter().skip(1).map(|it| it.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

/// Every source that is not a test, as a path below `src` without `.rs`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.file_stem().unwrap().to_str() {
            Some("tests") => {}
            _ if path.is_dir() => sources(&path, found),
            _ if path.extension().is_some_and(|end| end == "rs") => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn a_room_takes_only_from_where_its_arrows_lead_and_every_arrow_is_taken() {
    let picture = Picture::read();
    assert!(picture.rooms.len() > 10 && picture.arrows.len() > 20, "this is not the whole picture");
    let root = house().join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut homeless = BTreeSet::new();
    let mut astray = BTreeSet::new();
    let mut unused = picture.arrows.clone();
    for file in files {
        let place = file.strip_prefix(&root).unwrap().with_extension("");
        let Some(room) = picture.room_of(&place) else {
            homeless.insert(place);
            continue;
        };
        let reached = picture.reached(room);
        let mut taken = Taken::default();
        taken.visit_file(&syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap());
        for path in taken.0 {
            // `crate::identity` alone leads nowhere: a module that only has rooms below it.
            let Some(other) = picture.room_of(&path).filter(|other| *other != room) else {
                continue;
            };
            unused.remove(&(room.to_owned(), other.to_owned()));
            if !reached.contains(other) {
                astray.insert(format!("{} takes {}", place.display(), path.display()));
            }
        }
    }
    // What only holds others together has no room of its own.
    homeless.retain(|place| {
        !["lib", "main", "identity/mod", "mdns/mod"].map(Path::new).contains(&place.as_path())
    });
    assert!(homeless.is_empty(), "not in the picture: {homeless:?}");
    assert!(astray.is_empty(), "against the arrows: {astray:#?}");
    assert!(unused.is_empty(), "arrows that nobody takes: {unused:?}");
}
