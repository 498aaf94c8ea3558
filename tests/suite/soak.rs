//! How much is tried: little in `make test`, much in `make soak`.

/// The number in the environment variable `name`, or `default`.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        let number = text.trim().parse();
        number.unwrap_or_else(|_| panic!("{name} must be a number, and is {text:?}"))
    })
}
