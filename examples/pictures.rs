//! Writes the pictures of the dashboard in `docs/pictures`: `shipctl demo` runs in a terminal of its
//! own, keys are typed, and what the terminal then shows becomes an SVG.
//!
//! ```console
//! $ cargo build && cargo run --example pictures
//! ```

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    path::Path,
    process::Child,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, sleep},
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};
use vt100::{Cell, Color, Parser, Screen};

type Fallible<T> = Result<T, Box<dyn Error>>;

const COLUMNS: u16 = 120;
const LINES: u16 = 34;

/// How long something may take to come onto the screen.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Fallible<()> {
    let demo = Demo::start()?;
    demo.wait_for("asks to be paired")?;
    demo.picture("request", "A dishwasher asks to be paired; its SKI is there to be compared.")?;
    // The dishwasher is let in: its window takes a key after a pause. The boiler's PIN is put off.
    sleep(Duration::from_millis(1500));
    demo.types("a")?;
    // By name, and of them the inverter; its connection drops and comes back.
    demo.types("s/sun\r")?;
    demo.wait_for("devices 1 ")?;
    demo.types("\x1b")?;
    demo.wait_for("ended: ")?;
    demo.wait_for("attempt 1 after")?;
    sleep(Duration::from_secs(8));
    demo.picture("timeline", "Eight devices, and the timeline of one whose connection drops.")?;
    demo.types("/charge\r")?;
    demo.wait_for("devices 1 ")?;
    demo.types("\x1b2")?;
    demo.wait_for("devices 8")?;
    demo.wait_for("nodeManagement")?;
    demo.picture("messages", "The messages of a wallbox, from the handshake to SPINE.")
}

/// The demo in a terminal; it is killed when this is dropped.
struct Demo {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Mutex<Parser>>,
}

impl Demo {
    fn start() -> Fallible<Self> {
        let here = std::env::current_exe()?;
        let program = here.parent().and_then(Path::parent).ok_or("no target directory")?;
        let program = program.join("shipctl");
        if !program.exists() {
            return Err("there is no shipctl yet: run `cargo build` first".into());
        }
        let (pty, inside) = open()?;
        pty.resize(Size::new(LINES, COLUMNS))?;
        let command = Command::new(program).arg("demo").env_remove("NO_COLOR");
        let command = command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor");
        let child = command.env("LC_ALL", "C.UTF-8").spawn(inside)?;
        let pty = Arc::new(pty);
        let shown = Arc::new(Mutex::new(Parser::new(nonzero(LINES)?, nonzero(COLUMNS)?, 0)));
        let (from, into) = (Arc::clone(&pty), Arc::clone(&shown));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = (&*from).read(&mut bytes) {
                into.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..read]);
            }
        });
        Ok(Self { pty, child, shown })
    }

    fn types(&self, keys: &str) -> Fallible<()> {
        // Escape is a key of its own only if nothing follows it at once.
        for key in keys.chars() {
            (&*self.pty).write_all(key.to_string().as_bytes())?;
            sleep(Duration::from_millis(500));
        }
        Ok(())
    }

    /// Waits until one of these texts is on the screen; `|` is between them.
    fn wait_for(&self, texts: &str) -> Fallible<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.with(|screen| screen.contents());
            if texts.split('|').any(|wanted| text.contains(wanted)) {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(format!("no {texts:?} on the screen:\n{text}").into());
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn with<T>(&self, see: impl Fn(&Screen) -> T) -> T {
        see(self.shown.lock().unwrap_or_else(PoisonError::into_inner).screen())
    }

    fn picture(&self, name: &str, title: &str) -> Fallible<()> {
        // Whatever is being drawn is drawn.
        sleep(Duration::from_millis(700));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{name}.svg"));
        fs::write(&file, self.with(|screen| svg(screen, title)))?;
        println!("{}", file.display());
        Ok(())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn nonzero(n: u16) -> Fallible<std::num::NonZero<u16>> {
    Ok(n.try_into()?)
}

// The size of a cell, of the text in it, and where its letters stand.
const WIDTH: f32 = 8.0;
const HEIGHT: f32 = 17.0;
const BASE: f32 = 12.5;

const BACKGROUND: &str = "#181a1f";
const FOREGROUND: &str = "#dcdee2";

/// What the terminal shows, as a picture.
fn svg(screen: &Screen, title: &str) -> String {
    let (lines, columns) = screen.size();
    let (lines, columns) = (lines.get(), columns.get());
    let (width, height) = (f32::from(columns) * WIDTH + 16.0, f32::from(lines) * HEIGHT + 16.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"13\" \
         xml:space=\"preserve\" fill=\"{FOREGROUND}\" transform=\"translate(8 8)\">\n"
    );
    for line in 0..lines {
        let mut column = 0;
        while column < columns {
            column = run(screen, line, column, &mut svg);
        }
    }
    svg + "</g>\n</svg>\n"
}

/// Writes the cells from here on that look alike; where the next ones begin.
fn run(screen: &Screen, line: u16, first: u16, svg: &mut String) -> u16 {
    let Some(cell) = screen.cell(line, first) else { return first + 1 };
    let mut text = String::new();
    let mut end = first;
    while let Some(next) = screen.cell(line, end).filter(|next| look(next) == look(cell)) {
        // Nothing is drawn for an empty cell, nor for the second half of a wide letter.
        text += if next.contents().is_empty() { " " } else { next.contents() };
        end += 1;
    }
    let at = |cells: usize| f32::from(first) * WIDTH + cells as f32 * WIDTH;
    let y = f32::from(line) * HEIGHT;
    let (foreground, background) = look(cell).0;
    // A string takes whatever is written to it.
    if background != BACKGROUND {
        let (x, width) = (at(0), f32::from(end - first) * WIDTH);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{background}\"/>"
        );
    }
    let letters = text.trim();
    if !letters.is_empty() {
        let x = at(text.len() - text.trim_start().len());
        let width = unicode_width::UnicodeWidthStr::width(letters) as f32 * WIDTH;
        let fill = match foreground.as_str() {
            FOREGROUND => String::new(),
            colour => format!(" fill=\"{colour}\""),
        };
        let bold = if cell.bold() { " font-weight=\"bold\"" } else { "" };
        let under = if cell.underline() { " text-decoration=\"underline\"" } else { "" };
        let letters = letters.replace('&', "&amp;").replace('<', "&lt;");
        let y = y + BASE;
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{width}\"{fill}{bold}{under}>{letters}</text>"
        );
    }
    end
}

/// The colours of a cell, and whether it is bold and underlined.
fn look(cell: &Cell) -> ((String, String), bool, bool) {
    let colours = (colour(cell.fgcolor(), FOREGROUND), colour(cell.bgcolor(), BACKGROUND));
    let colours = if cell.inverse() { (colours.1, colours.0) } else { colours };
    (colours, cell.bold(), cell.underline())
}

fn colour(colour: Color, default: &str) -> String {
    match colour {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        // Where every colour is at hand, the dashboard takes no others.
        Color::Default | Color::Idx(_) => default.to_owned(),
    }
}
