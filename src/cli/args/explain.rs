//! `shipctl explain`.

use clap::Args as ClapArgs;

use crate::cli::completion::codes;

/// `shipctl explain`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl explain                          every code
  shipctl explain HEL-02                   what it is, why it comes, what to do
  shipctl explain hel                      every code of the hello
  shipctl explain --quirks                 what is known of devices and stacks

It needs no network and no hub. docs/findings.md has the same on one page.")]
pub struct Explain {
    /// Codes, or what several of them begin with [default: all, a line each]
    #[arg(value_name = "CODE", add = codes())]
    pub code: Vec<String>,
    /// List the quirks of devices and stacks that are recognised
    #[arg(long, conflicts_with = "code")]
    pub quirks: bool,
}
