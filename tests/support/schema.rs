//! What the program prints, held against the schemas in `docs/schema`. They describe this version to
//! the field: what they do not know is a failure.

use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// The place of a schema below `docs/schema`.
#[derive(Clone, Copy, Debug)]
pub struct Place(pub &'static str);

/// A line of `--json`.
pub const OUTPUT: Place = Place("output.json");

/// A line of a hub on its control socket.
pub const CONTROL: Place = Place("control.json");

/// A line of a client on the control socket.
pub const REQUEST: Place = Place("control.json#/$defs/request");

/// What the names of the schemas begin with. Nothing is there.
const BASE: &str = "https://shipctl.invalid/schema";

const TEXTS: [&str; 2] =
    [include_str!("../../docs/schema/output.json"), include_str!("../../docs/schema/control.json")];

const ALL: [Place; 3] = [OUTPUT, CONTROL, REQUEST];

/// Fails where the line is not as the schema says.
#[track_caller]
pub fn check(place: Place, line: &Value) {
    if let Err(why) = holds(place, line) {
        panic!("docs/schema/{} does not describe\n{line:#}\n{why}", place.0);
    }
}

/// Whether the line is as the schema says, and if not, why.
pub fn holds(place: Place, line: &Value) -> Result<(), String> {
    static COMPILED: OnceLock<(Schemas, Vec<SchemaIndex>)> = OnceLock::new();
    let (schemas, all) = COMPILED.get_or_init(|| {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        for text in TEXTS {
            let schema: Value = serde_json::from_str(text).unwrap();
            // As a program would that is given both files: by their names.
            let id = schema["$id"].as_str().unwrap().to_owned();
            compiler.add_resource(&id, schema).unwrap();
        }
        let all = ALL.map(|place| {
            let compiled = compiler.compile(&format!("{BASE}/{}", place.0), &mut schemas);
            compiled.unwrap_or_else(|error| panic!("{}: {error:#}", place.0))
        });
        (schemas, all.to_vec())
    });
    let index = all[ALL.iter().position(|it| it.0 == place.0).unwrap()];
    schemas.validate(line, index).map_err(|error| format!("{error:#}"))
}
