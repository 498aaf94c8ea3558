//! The pages are built by npm (`make web`). Without them the server still builds, and says so.

fn main() {
    let pages = "web/dist";
    println!("cargo::rerun-if-changed={pages}");
    if let Err(error) = std::fs::create_dir_all(pages) {
        println!("cargo::warning=cannot make {pages}: {error}");
    }
}
