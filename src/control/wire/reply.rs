//! What the hub says behind its greeting: answers, refusals, events and messages.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::trace::MessageRecord;

/// What becomes of a request: the fields of the answer, or why not.
pub type Answer = Result<Map<String, Value>, Box<Refusal>>;

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of error, for programs.
    pub kind: String,
    /// What happened, for people.
    pub message: String,
    /// Why, from the nearest cause to the farthest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The finding it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How far things had gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The exit code of a shipctl that ends so.
    pub exit: u8,
}

/// A line of the hub behind the greeting.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The answer to a request; to a line without a number that could be read it has none.
    Answer {
        /// The number of the request.
        id: Option<u64>,
        /// What became of it.
        answer: Answer,
    },
    /// Something happened.
    Event(Happening),
    /// A message went over a connection.
    Message(Box<MessageRecord>),
}

/// An event, for programs and for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// The line `shipctl … --json` prints.
    pub event: Value,
    /// What people are told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub say: Vec<Saying>,
}

/// A line for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    /// The stage, one word.
    pub stage: String,
    /// What happened.
    pub text: String,
}

impl Refusal {
    /// A refusal without causes, code and stage.
    pub fn new(kind: &str, exit: u8, message: impl Into<String>, hint: Option<&str>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            causes: Vec::new(),
            hint: hint.map(str::to_owned),
            code: None,
            stage: None,
            exit,
        }
    }
}

impl Reply {
    /// Reads a line of the hub; `None` if it is none.
    pub fn read(line: &[u8]) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
        if fields.contains_key("event") {
            return serde_json::from_value(Value::Object(fields)).ok().map(Self::Event);
        }
        if let Some(message) = fields.remove("message") {
            return serde_json::from_value(message).ok().map(Self::Message);
        }
        let id = match fields.remove("id")? {
            Value::Null => None,
            id => Some(id.as_u64()?),
        };
        if let Some(refusal) = fields.remove("error") {
            let refusal = serde_json::from_value(refusal).ok()?;
            return Some(Self::Answer { id, answer: Err(refusal) });
        }
        (fields.remove("ok")? == Value::Bool(true))
            .then_some(Self::Answer { id, answer: Ok(fields) })
    }

    /// The line, with its end.
    pub fn line(&self) -> String {
        let text = match self {
            Self::Event(happening) => serde_json::to_string(happening),
            Self::Message(message) => {
                serde_json::to_string(message).map(|record| format!("{{\"message\":{record}}}"))
            }
            Self::Answer { id, answer: Ok(fields) } => {
                let mut line = Map::new();
                line.insert("id".to_owned(), Value::from(*id));
                line.insert("ok".to_owned(), Value::Bool(true));
                line.extend(fields.clone());
                serde_json::to_string(&line)
            }
            Self::Answer { id, answer: Err(refusal) } => {
                serde_json::to_string(&serde_json::json!({ "id": id, "error": refusal }))
            }
        };
        // Texts and numbers can always be written.
        text.unwrap_or_default() + "\n"
    }
}
