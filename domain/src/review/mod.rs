//! Quality reviews (requirement M5): random samples of finished tickets, scored by supervisors who do
//! not see one another's scores before, and how far they agree.
//!
//! Nothing of this is an event. A ticket's log is read by its customer and by other systems, and
//! neither is to learn that its handling was judged, or how.

pub mod agreement;
pub mod draw;
mod list;
mod rules;
mod sample;
mod score;
mod work;

pub use list::SampleKey;
pub use sample::DrawSample;
pub use score::ReviewTicket;
pub use work::{AgentScores, Item, ItemKey, SampleWork};
