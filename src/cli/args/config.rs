//! What holds, and what is wrong with it.

use std::path::PathBuf;

use clap::Subcommand;

/// `shipctl config …`.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Show every setting as a file would say it
    #[command(after_help = "\
Examples:
  shipctl config show
  shipctl config show --origin             and where each was said
  shipctl config show --json | jq 'select(.origin == \"file\")'")]
    Show {
        /// Show where each was said: default, file and line, environment variable, or flag
        #[arg(long)]
        origin: bool,
    },
    /// Tell everything that is wrong with the configuration; exit code 0 or 78
    #[command(after_help = "\
Examples:
  shipctl config check                     what holds here, variables as well
  shipctl config check new.toml            a file before it is put in its place")]
    Check {
        /// The file [default: the configuration]
        file: Option<PathBuf>,
    },
    /// Print where the configuration is; it need not be there
    #[command(after_help = "\
Examples:
  shipctl config path --profile bench
  $EDITOR \"$(shipctl config path)\"")]
    Path,
}
