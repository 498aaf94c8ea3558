//! temporary
use entity::SensitiveKind;
/// Temporary.
#[derive(Clone, Debug, Default)]
pub struct Masking;
/// Temporary.
#[derive(Clone, Debug)]
pub struct Masked {
    /// Text.
    pub text: String,
    /// Found.
    pub found: Vec<SensitiveKind>,
}
impl Masking {
    /// Temporary.
    pub fn mask(&self, text: &str) -> Masked {
        Masked {
            text: text.to_owned(),
            found: Vec::new(),
        }
    }
}
