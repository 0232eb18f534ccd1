//! EEBUS JSON to ordinary JSON and back, for people: to show a payload, and to write one.
//!
//! Without the schema two things cannot be told apart:
//!
//! - `[]` is an empty object or an empty list. [`to_plain`] takes it for an empty object, which
//!   SPINE is full of, while an empty list hardly occurs.
//! - An array of single-key objects of different keys is taken for one object. A peer that writes
//!   plain objects may mean a list of small objects by it, `[{"a":1}]` being the shortest.
//!
//! For a tree of objects, lists and scalars without an empty list and without a repeated key,
//! [`to_plain`] of [`to_eebus`] gives back what went in.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::{DecodeError, json, write};

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: usize = 128;

/// EEBUS JSON as ordinary JSON, compact: order and the text of numbers are kept, texts are written
/// with as few escapes as possible.
///
/// # Errors
///
/// [`DecodeError::Json`] when it is no JSON, or nested deeper than [`MAX_DEPTH`].
pub fn to_plain(payload: &str) -> Result<String, DecodeError> {
    let tree = Tree::read(payload)?;
    let mut out = String::with_capacity(payload.len());
    tree.write_plain(&mut out);
    Ok(out)
}

/// Ordinary JSON in the EEBUS form, compact: every object but the outermost becomes an array of
/// single-key objects.
///
/// # Errors
///
/// [`DecodeError::Json`] when it is no JSON, or nested deeper than [`MAX_DEPTH`].
pub fn to_eebus(plain: &str) -> Result<String, DecodeError> {
    let tree = Tree::read(plain)?;
    let mut out = String::with_capacity(plain.len() * 2);
    tree.write_eebus(&mut out, true);
    Ok(out)
}

/// A JSON tree over its text; keys, texts and numbers as they stand there.
enum Tree<'a> {
    Scalar(&'a str),
    List(Vec<Tree<'a>>),
    Object(Vec<(&'a str, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    fn read(text: &'a str) -> Result<Self, DecodeError> {
        // The grammar is checked once, here; the tokens can then be taken as they come.
        let valid: &RawValue = serde_json::from_str(text).map_err(json::json_error)?;
        Tokens { rest: valid.get() }.tree(MAX_DEPTH)
    }

    fn write_plain(&self, out: &mut String) {
        match self {
            Self::Scalar(token) => scalar(out, token, false),
            Self::Object(fields) => plain_object(out, fields.iter()),
            Self::List(items) => match fields_of(items) {
                Some(fields) => plain_object(out, fields.into_iter()),
                None => list(out, items.iter(), |out, item| item.write_plain(out)),
            },
        }
    }

    fn write_eebus(&self, out: &mut String, outermost: bool) {
        let field = |out: &mut String, (key, value): &(&str, Self)| {
            scalar(out, key, true);
            out.push(':');
            value.write_eebus(out, false);
        };
        match self {
            Self::Scalar(token) => scalar(out, token, true),
            Self::List(items) => list(out, items.iter(), |out, item| item.write_eebus(out, false)),
            Self::Object(fields) if outermost => joined(out, ['{', '}'], fields.iter(), field),
            Self::Object(fields) => list(out, fields.iter(), |out, entry| {
                out.push('{');
                field(out, entry);
                out.push('}');
            }),
        }
    }
}

type Field<'t, 'a> = &'t (&'a str, Tree<'a>);

/// The fields, if the members of an array are those of one object.
fn fields_of<'t, 'a>(items: &'t [Tree<'a>]) -> Option<Vec<Field<'t, 'a>>> {
    let mut keys = HashSet::new();
    let fields = items.iter().map(|item| match item {
        Tree::Object(fields) => match fields.as_slice() {
            // By what it stands for: two keys may differ in their escapes alone.
            [field] if keys.insert(json::text(field.0).ok_or(field.0)) => Some(field),
            _ => None,
        },
        _ => None,
    });
    fields.collect()
}

fn plain_object<'t, 'a: 't>(out: &mut String, fields: impl Iterator<Item = Field<'t, 'a>>) {
    joined(out, ['{', '}'], fields, |out, (key, value)| {
        scalar(out, key, false);
        out.push(':');
        value.write_plain(out);
    });
}

fn list<T>(out: &mut String, items: impl Iterator<Item = T>, each: impl Fn(&mut String, T)) {
    joined(out, ['[', ']'], items, each);
}

fn joined<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl Iterator<Item = T>,
    each: impl Fn(&mut String, T),
) {
    out.push(open);
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(close);
}

/// A token as it stands, but for the escapes of a text.
fn scalar(out: &mut String, token: &str, guarded: bool) {
    match token.starts_with('"').then(|| json::text(token)).flatten() {
        Some(text) => write::text(out, &text, guarded),
        None => out.push_str(token),
    }
}

/// The rest of a JSON text whose grammar has been checked.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn tree(&mut self, depth: usize) -> Result<Tree<'a>, DecodeError> {
        let open = self.peek();
        if !matches!(open, Some(b'[' | b'{')) {
            return Ok(Tree::Scalar(self.token()));
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Err(DecodeError::Json(format!("nested deeper than {MAX_DEPTH} levels")));
        };
        self.skip(1);
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        while !matches!(self.peek(), Some(b']' | b'}') | None) {
            if open == Some(b'[') {
                items.push(self.tree(depth)?);
            } else {
                let key = self.token();
                self.peek();
                self.skip(1); // the colon
                fields.push((key, self.tree(depth)?));
            }
            if self.peek() == Some(b',') {
                self.skip(1);
            }
        }
        self.skip(1);
        Ok(if open == Some(b'[') { Tree::List(items) } else { Tree::Object(fields) })
    }

    /// The next byte that is no whitespace.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.rest.bytes().next()
    }

    /// A text, a number, `true`, `false` or `null`.
    fn token(&mut self) -> &'a str {
        let is_text = self.peek() == Some(b'"');
        let mut bytes = self.rest.bytes();
        let end = if is_text {
            let mut escaped = true; // the first quote ends nothing
            bytes.position(|b| {
                let ends = b == b'"' && !escaped;
                escaped = b == b'\\' && !escaped;
                ends
            })
        } else {
            bytes.position(|b| b",]} \t\r\n".contains(&b))
        };
        self.skip(end.map_or(self.rest.len(), |end| end + usize::from(is_text)))
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_reads_as_ordinary_json_and_back() {
        let eebus = r#"{"datagram":[{"header":[{"addressSource":[{"device":"D"},{"entity":[0,1]}]},{"msgCounter":1}]},{"payload":[{"cmd":[[{"nodeManagementDetailedDiscoveryData":[]}],[{"function":"f"},{"value":1.50}]]}]}]}"#;
        let plain = r#"{"datagram":{"header":{"addressSource":{"device":"D","entity":[0,1]},"msgCounter":1},"payload":{"cmd":[{"nodeManagementDetailedDiscoveryData":{}},{"function":"f","value":1.50}]}}}"#;
        assert_eq!(to_plain(eebus).unwrap(), plain);
        assert_eq!(to_eebus(plain).unwrap(), eebus);
    }

    #[test]
    fn order_and_number_text_are_kept_and_whitespace_goes() {
        let text =
            " { \"z\" : [ 1.0 , -0 , 1E+5, 123456789012345678901234567890 ] ,\r\n\t\"a\":null } ";
        let compact = r#"{"z":[1.0,-0,1E+5,123456789012345678901234567890],"a":null}"#;
        assert_eq!(to_plain(text).unwrap(), compact);
        assert_eq!(to_eebus(text).unwrap(), compact);
    }

    #[test]
    fn what_cannot_be_told_apart_is_decided_as_documented() {
        for (eebus, plain) in [
            ("[]", "{}"),
            (r#"[{"a":1}]"#, r#"{"a":1}"#),
            (r#"[{"a":1},{"a":2}]"#, r#"[{"a":1},{"a":2}]"#),
            (r#"[{"a":1},{"\u0061":2}]"#, r#"[{"a":1},{"a":2}]"#),
            (r#"[{"a":1},{"b":2,"c":3}]"#, r#"[{"a":1},{"b":2,"c":3}]"#),
            (r#"[{}]"#, r#"[{}]"#),
            (r#"[[{"a":1}],[]]"#, r#"[{"a":1},{}]"#),
        ] {
            assert_eq!(to_plain(eebus).unwrap(), plain);
        }
    }

    #[test]
    fn texts_that_look_like_structure_survive_both_ways() {
        let plain = r#"{"x":{"d[{":"},{ }] [] \\\" \\","half":"\ud800","ä":"€"}}"#;
        let eebus = to_eebus(plain).unwrap();
        assert!(!eebus.contains("\"},{ "), "{eebus}");
        assert_eq!(to_plain(&eebus).unwrap(), plain);
    }

    #[test]
    fn nesting_is_limited_and_broken_json_is_an_error() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(to_plain(&nested(MAX_DEPTH)).is_ok());
        for text in [nested(MAX_DEPTH + 1), nested(100_000), "[1,]".into(), "".into(), "1 2".into()]
        {
            assert!(matches!(to_plain(&text), Err(DecodeError::Json(_))));
            assert!(matches!(to_eebus(&text), Err(DecodeError::Json(_))));
        }
    }
}
