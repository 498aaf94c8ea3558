//! Writes the JSON Schemas of published events into the folder that is named, one file per type.

use std::{fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(PathBuf::new, PathBuf::from);
    for event_type in deskwire_delivery::event_types() {
        if let Some(schema) = deskwire_delivery::schema_of(event_type) {
            fs::write(folder.join(event_type).with_extension("json"), schema)?;
        }
    }
    Ok(())
}
