//! Placeholder until the machine lands.
#![allow(missing_docs, unused)]
use super::*;
use crate::{proto::message::*, proto::*, time::Time};
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEnd {
    Frame { code: u16, text: String },
    Eof,
    Error { detail: String },
}
#[derive(Debug)]
pub struct Connection;
#[derive(Debug)]
pub struct NotReady;
impl Connection {
    pub fn new(settings: Settings, now: Time) -> Self {
        Self
    }
    pub fn handle_message(&mut self, now: Time, bytes: &[u8]) {}
    pub fn handle_text(&mut self, now: Time) {}
    pub fn handle_closed(&mut self, now: Time, how: TransportEnd) {}
    pub fn handle_timeout(&mut self, now: Time) {}
    pub fn trust(&mut self, now: Time) {}
    pub fn deny(&mut self, now: Time) {}
    pub fn enter_pin(&mut self, now: Time, pin: Pin) -> Result<(), NotReady> {
        Ok(())
    }
    pub fn send_data(&mut self, now: Time, data: Data) -> Result<(), NotReady> {
        Ok(())
    }
    pub fn close(&mut self, now: Time, reason: CloseReason) {}
    pub fn drop_with(&mut self, now: Time, code: u16, reason: &'static str) {}
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }
    pub fn poll_timeout(&self) -> Option<Time> {
        None
    }
}
