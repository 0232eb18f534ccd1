//! Floods of announcements.
