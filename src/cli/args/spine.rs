//! Whether a device is asked what it offers.

use clap::Args as ClapArgs;

/// The flag about SPINE.
#[derive(Clone, Copy, Debug, Default, ClapArgs)]
pub struct Spine {
    /// Say nothing in SPINE: do not ask a device what it offers, nor answer what it asks
    #[arg(
        long,
        hide_short_help = true,
        long_help = "Say nothing in SPINE: do not ask a device what it offers (its use cases), nor \
                     answer what it asks; many devices disconnect whoever does not"
    )]
    pub no_spine: bool,
}
