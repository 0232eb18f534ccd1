//! The catalogue and the quirks as one page of Markdown: `docs/findings.md`.

use std::fmt::{self, Write};

use super::{
    Code, Family,
    quirks::{QUIRKS, QUIRKS_VERSION},
};

/// The page.
pub fn page() -> String {
    let mut page = String::new();
    // A string takes all that is written to it.
    let _ = write(&mut page);
    page
}

fn write(page: &mut String) -> fmt::Result {
    page.push_str(HEAD);
    for family in Family::ALL {
        writeln!(page, "\n## {}\n\n{}", family.layer, family.found_by)?;
        for code in Code::ALL.iter().filter(|code| code.family() == family) {
            writeln!(page, "\n### {code}: {}\n", code.title())?;
            writeln!(page, "| {} | {} |\n|---|---|", code.severity(), code.seen())?;
            writeln!(page, "| cause | {} |", code.cause())?;
            writeln!(page, "| advice | {} |", code.advice())?;
            if let Some(reference) = code.reference() {
                writeln!(page, "| reference | {reference} |")?;
            }
        }
    }
    writeln!(
        page,
        "\n## Quirks of devices and stacks\n\nVersion {QUIRKS_VERSION} of the table.\n"
    )?;
    writeln!(
        page,
        "| quirk | of | does | shipctl | recognised by | explains |\n|---|---|---|---|---|---|"
    )?;
    for quirk in QUIRKS {
        let codes: Vec<&str> = quirk.codes.iter().map(|code| code.as_str()).collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            quirk.name,
            quirk.who,
            quirk.does,
            quirk.handling,
            quirk.recognised_by,
            codes.join(", ")
        )?;
    }
    Ok(())
}

const HEAD: &str = "\
# Findings

Everything shipctl can find wrong between two SHIP devices, and what to do about it. `shipctl explain CODE`
says the same. A code is stable once released: it stands in JSON, in `shipctl status` and in the dashboard.
An error keeps the devices apart; a warning is tolerated here, but another device may refuse it, or it will
fail later; an info is worth knowing, and nothing has to be done.

A finding about a device is kept once, with when it was first and last made and how often. Three are made of
several connections in a row and take the place of what each of those seemed to be: CLS-02, CLS-06 and HEL-08.

In a command, SKI stands for the 40 digits of the device, its first digits, or the name you gave it.

This page is generated: `UPDATE_GENERATED=1 cargo test --test generated`.
";
