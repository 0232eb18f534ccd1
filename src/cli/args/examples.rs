//! Examples of the commands whose help has nothing else below its flags.

macro_rules! examples {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$meta])* pub(super) const $name: &str = concat!("Examples:\n", $text);)+
    };
}

examples! {
    #[cfg(unix)]
    UNREGISTER = "  shipctl unregister 5555aa";
    #[cfg(unix)]
    CONNECT = "  shipctl connect 5555aa";
    #[cfg(unix)]
    CANCEL = "  shipctl cancel 5555aa";
    #[cfg(unix)]
    ACCEPT = "  shipctl accept 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222\n  \
              shipctl accept 5555aa                    and look at the whole SKI when asked";
    #[cfg(unix)]
    DENY = "  shipctl deny 5555aa";
    #[cfg(unix)]
    METRICS = "  shipctl metrics\n  \
               shipctl metrics --json";
    #[cfg(unix)]
    SHUTDOWN = "  shipctl shutdown";
    VERSION = "  shipctl version\n  \
               shipctl version --json";
    IDENTITY_SHOW = "  shipctl identity show\n  \
                     shipctl identity show --json";
    IDENTITY_QR = "  shipctl identity qr";
    TRUST_LIST = "  shipctl trust list\n  \
                  shipctl trust list --json";
    TRACE_TIMELINE = "  shipctl trace timeline pairing.trace\n  \
                      shipctl trace timeline pairing.trace --ski 5555aa";
    TRACE_DIAGRAM = "  shipctl trace diagram pairing.trace > pairing.mmd";
    #[cfg(unix)]
    TRACE_START = "  shipctl trace start\n  \
                   shipctl trace start /tmp/later.trace";
    #[cfg(unix)]
    TRACE_STOP = "  shipctl trace stop";
}
