//! What several targets ask.

use shipctl::proto::text::is_hidden;

/// What a person sees must hold nothing that steers a terminal or the eye.
#[track_caller]
pub fn assert_visible(text: &str) {
    assert!(!text.contains(is_hidden), "{text:?} can steer a terminal");
}
