//! What kind of device it is (`cat`, SRIP 2.2).

use std::fmt;

/// A device category by its number in `cat` (SRIP 2.2). Displays as its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Category(pub u16);

impl Category {
    /// The name, for the numbers 1 to 7.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "grid connection point hub",
            2 => "energy management system",
            3 => "e-mobility",
            4 => "HVAC",
            5 => "inverter",
            6 => "domestic appliance",
            7 => "metering device",
            _ => return None,
        })
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("category {}", self.0)),
        }
    }
}
