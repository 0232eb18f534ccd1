//! The states a connection rests in, and which of them takes what arrives.

use super::{
    Cause, Expectation, LARGE_MESSAGE, Remark, Side, TransportEnd, access, close,
    cmi::{self, Got},
    context::{Context, Timer},
    hello, pin, protocol,
};
use crate::proto::{
    ProtocolState,
    close_code::PLAIN,
    codec::{self, DecodeError},
    message::{CloseReason, Control, Message},
};

/// The states a connection rests in.
#[derive(Debug)]
pub(super) enum State {
    ClientSend(cmi::ClientSend),
    ClientWait(cmi::ClientWait),
    ServerWait(cmi::ServerWait),
    Ready(hello::Ready),
    Pending(hello::Pending),
    Aborting(hello::Aborting),
    ListenProposal(protocol::ListenProposal),
    ListenConfirm(protocol::ListenConfirm),
    ListenChoice(protocol::ListenChoice),
    Pin(pin::PinPhase),
    Requested(access::Requested),
    Complete(access::Complete),
    Announced(close::Announced),
    Closing(close::Closing),
    Over,
}

impl State {
    pub(super) fn on_bytes(self, cx: &mut Context, bytes: &[u8]) -> Self {
        if matches!(self, Self::Aborting(_) | Self::Closing(_) | Self::Over) {
            return self;
        }
        if bytes.len() > LARGE_MESSAGE {
            cx.remark(Remark::LargeMessage(bytes.len()));
        }
        match codec::decode(bytes) {
            Ok(decoded) => {
                for remark in decoded.remarks {
                    cx.remark(Remark::Decoded(remark));
                }
                self.on_message(cx, decoded.message)
            }
            Err(error) => self.on_undecodable(cx, bytes, error),
        }
    }

    /// What cannot be read is dropped; only where an init is due it is a violation.
    fn on_undecodable(self, cx: &mut Context, bytes: &[u8], error: DecodeError) -> Self {
        let got = Got::Bytes(bytes);
        match self {
            Self::ClientSend(state) => state.on_message(cx, got),
            Self::ClientWait(state) => state.on_message(cx, got),
            Self::ServerWait(state) => state.on_message(cx, got),
            other => {
                cx.remark(Remark::Dropped(error));
                other
            }
        }
    }

    fn on_message(self, cx: &mut Context, message: Message) -> Self {
        let got = Got::Message(&message);
        match self {
            Self::ClientSend(state) => return state.on_message(cx, got),
            Self::ClientWait(state) => return state.on_message(cx, got),
            Self::ServerWait(state) => return state.on_message(cx, got),
            _ => {}
        }
        match (self, message) {
            (Self::Announced(state), Message::Close(close)) => state.on_close(cx, &close),
            (state, Message::Close(close)) => close::on_close(state, cx, close),
            (Self::Requested(state), Message::Data(data)) => state.on_data(cx, data),
            (state, Message::Data(data)) => {
                cx.data(data);
                state
            }
            (state, Message::Init { .. }) => {
                cx.ignored("init");
                state
            }
            (state, Message::Control(Control::Unknown { name })) => {
                cx.remark(Remark::UnknownMessage(name));
                state
            }
            (state, Message::Control(control)) if control.is_key_material() => {
                state.on_key_material(cx, control)
            }
            (state, Message::Control(control)) => state.on_control(cx, control),
        }
    }

    /// Out of place it must not break the handshake off: whoever sends it is of SHIP 1.1, no fault.
    fn on_key_material(self, cx: &mut Context, control: Control) -> Self {
        match self {
            Self::Requested(_) | Self::Complete(_) => self.on_control(cx, control),
            state => {
                cx.ignored(control.name());
                state
            }
        }
    }

    fn on_control(self, cx: &mut Context, control: Control) -> Self {
        match (self, control) {
            (Self::Ready(state), Control::Hello(hello)) => state.on_hello(cx, &hello),
            (Self::Pending(state), Control::Hello(hello)) => state.on_hello(cx, &hello),
            (Self::ListenProposal(state), control) => state.on_control(cx, control),
            (Self::ListenConfirm(state), control) => state.on_control(cx, control),
            (Self::ListenChoice(state), control) => state.on_control(cx, control),
            (Self::Pin(state), control) => state.on_control(cx, control),
            (Self::Requested(state), control) => state.on_control(cx, control),
            (Self::Complete(state), control) => state.on_control(cx, control),
            (state, control) => {
                cx.ignored(control.name());
                state
            }
        }
    }

    pub(super) fn on_timeout(self, cx: &mut Context, timer: Timer) -> Self {
        match self {
            Self::ClientSend(state) => state.on_timeout(cx),
            Self::ClientWait(_) | Self::ServerWait(_) => cmi::on_timeout(cx),
            Self::Ready(state) => state.on_timeout(cx),
            Self::Pending(state) => state.on_timeout(cx, timer),
            Self::Aborting(state) => state.on_timeout(cx),
            Self::ListenProposal(_) => protocol::on_timeout(cx, Expectation::ProtocolProposal),
            Self::ListenConfirm(_) => protocol::on_timeout(cx, Expectation::ProtocolConfirm),
            Self::ListenChoice(_) => protocol::on_timeout(cx, Expectation::ProtocolChoice),
            Self::Pin(state) => state.on_timeout(cx, timer),
            Self::Requested(state) => state.on_timeout(cx, timer),
            Self::Complete(state) => state.on_timeout(cx, timer),
            Self::Announced(state) => state.on_timeout(cx),
            Self::Closing(state) => state.finish(cx),
            Self::Over => Self::Over,
        }
    }

    pub(super) fn on_transport_end(self, cx: &mut Context, how: TransportEnd) -> Self {
        match self {
            Self::Ready(state) => state.on_transport_end(cx, how),
            Self::Pending(state) => state.on_transport_end(cx, how),
            Self::Aborting(state) => close::over(cx, state.into_end()),
            Self::Pin(state) if state.was_refused() => {
                close::lost_to(cx, ProtocolState::Error, Cause::PinRefused)
            }
            Self::Announced(state) => state.on_transport_end(cx),
            Self::Closing(state) => state.finish(cx),
            Self::Over => Self::Over,
            _ => close::lost(cx, how),
        }
    }

    pub(super) fn on_close_command(self, cx: &mut Context, reason: CloseReason) -> Self {
        match self {
            Self::Requested(_) | Self::Complete(_) => close::Announced::enter(cx, reason),
            Self::Aborting(_) | Self::Announced(_) | Self::Closing(_) | Self::Over => self,
            state => {
                let end = cx.end(Cause::Closed { by: Side::We, reason, confirmed: false });
                match state {
                    Self::Ready(_) | Self::Pending(_) => hello::abort(cx, end),
                    _ => close::close(cx, end, PLAIN),
                }
            }
        }
    }
}
