//! Prints the schema in GraphQL's own language. Needs no database.

#[expect(clippy::print_stdout, reason = "printing is what this is for")]
fn main() {
    print!("{}", deskwire_schema::sdl());
}
