//! What stands in a line as an object of its own.

use std::net::SocketAddr;

use serde::Serialize;

use crate::{
    checks::{Code, Finding},
    cli::{error::CliError, exit::Exit},
    proto::ShipId,
};

/// A service with its TXT record and what is wrong with it.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct ServiceJson {
    pub instance: String,
    pub host: String,
    pub port: u16,
    pub addresses: Vec<SocketAddr>,
    pub interfaces: Vec<String>,
    pub ship_id: Option<ShipId>,
    pub path: Option<String>,
    pub register: Option<bool>,
    pub brand: Option<String>,
    pub model: Option<String>,
    #[serde(rename = "type")]
    pub device_type: Option<String>,
    pub serial: Option<String>,
    pub categories: Vec<CategoryJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<bool>,
    pub findings: Vec<Finding>,
}

/// A device category.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct CategoryJson {
    pub number: u16,
    pub name: Option<&'static str>,
}

/// What happened at one address.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct TriedJson {
    pub target: String,
    pub address: Option<SocketAddr>,
    pub stage: String,
    pub code: &'static str,
    pub message: String,
}

/// What a failed run tells.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub struct FailureJson {
    pub kind: String,
    pub stage: Option<String>,
    pub code: Option<Code>,
    pub message: String,
    pub causes: Vec<String>,
    pub advice: Option<String>,
}

impl FailureJson {
    /// What an exit code alone tells, where it is no answer.
    pub fn of_exit(exit: Exit) -> Option<Self> {
        // Of the two ways to be interrupted, a question answered with no has a message of its own.
        let message = match exit {
            Exit::Interrupted => "interrupted (Ctrl-C)",
            exit => exit.meaning(),
        };
        (!exit.is_answer()).then(|| Self::of(&CliError::new(exit, message)))
    }

    /// What an error tells.
    pub fn of(error: &CliError) -> Self {
        Self {
            kind: error.kind.as_deref().unwrap_or(error.exit.name()).to_owned(),
            stage: error.stage.clone(),
            code: error.code,
            message: error.message.clone(),
            causes: [&error.causes[..], &error.listed].concat(),
            advice: error.hint.clone(),
        }
    }
}
