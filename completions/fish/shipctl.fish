# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_shipctl_global_optspecs
    string join \n state-dir= profile= config= port= bind= interface= mdns-port= no-mdns json color= q/quiet v/verbose log-file= trace= trace-full trace-limit= no-input h/help V/version
end

function __fish_shipctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_shipctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_shipctl_using_subcommand
    set -l cmd (__fish_shipctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c shipctl -n "__fish_shipctl_needs_command" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_needs_command" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_needs_command" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_needs_command" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_needs_command" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_needs_command" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_needs_command" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_needs_command" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_needs_command" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_needs_command" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_needs_command" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_needs_command" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_needs_command" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_needs_command" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_needs_command" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_needs_command" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_needs_command" -s V -l version -d 'Print version'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "tui" -d 'Open the dashboard: on the hub that runs, or else on one of its own (the default)'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "discover" -d 'List the EEBUS devices on this network'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "doctor" -d 'Check our own side: network, port, firewall, identity, clock; changes nothing'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "pair" -d 'Pair with a device'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "probe" -d 'Look at a device rung by rung, from mDNS to the close, and say what is wrong'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "report" -d 'Put all that a bug report needs into one zip file, without secrets'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "listen" -d 'Wait for devices that want to pair with us'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "demo" -d 'Show it all on simulated devices: no hardware, no network, nothing to set up'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "simulate" -d 'Simulate devices to try things out on'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "hub" -d 'Keep connections to every trusted device, steered by the commands below'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "status" -d 'Show what a running hub does'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "register" -d 'Trust a device and connect to it; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "unregister" -d 'Trust a device no longer and disconnect it; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "connect" -d 'Connect to a trusted device now; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "disconnect" -d 'Disconnect a device until told to connect; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "cancel" -d 'Give up a pairing that never completed; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "accept" -d 'Let a device in that asks to be paired; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "deny" -d 'Refuse a device that asks to be paired, or give up a pairing; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "auto-accept" -d 'Let every device in that asks, for a while; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "limit" -d 'Set how many connections there may be at a time; asks a running hub'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "metrics" -d 'Show the metrics of a running hub, as Prometheus reads them'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "shutdown" -d 'End a running hub in order'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "explain" -d 'Say what a finding means, why it comes, and what to do'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "identity" -d 'Show, export or replace our own identity'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "trust" -d 'Show or change which devices are trusted'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "config" -d 'Show the settings, where each comes from, and what is wrong with them'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "trace" -d 'Read a trace, replay it, turn it into a diagram or a capture file; or have one recorded'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "version" -d 'Show the versions of shipctl and of all it reads and writes'
complete -c shipctl -n "__fish_shipctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l background -d 'The background of the terminal [default: what COLORFGBG says, else dark]' -r -f -a "dark\t'Light text on it'
light\t'Dark text on it'"
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l max-connections -d 'The most connections at a time [default: 10]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l double-connection -d 'Which of two connections to one device survives, where we decide [default: initiator]' -r -f -a "initiator\t'The one initiated by the node with the higher SKI, as most devices do it'
most-recent\t'The most recent one (SHIP 12.2.2)'"
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l tls-suites -d 'The cipher suites to offer and take, the preferred one first [default: gcm,ccm8,cbc]' -r -f -a "gcm\t'ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the recommended one'
ccm8\t'ECDHE_ECDSA_WITH_AES_128_CCM_8, an optional one'
cbc\t'ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, the mandatory one'"
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l tls-versions -d 'The versions of TLS; SHIP knows 1.2 only [default: 1.2]' -r -f -a "1.2\t'The one SHIP demands'
1.3\t'One SHIP does not know'"
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l keylog -d 'Append the keys of every connection to this file, for Wireshark; whoever has it can read all' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l ascii -d 'Nothing but ASCII characters [default: where the locale is not UTF-8]'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l no-spine -d 'Say nothing in SPINE: do not ask a device what it offers, nor answer what it asks'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand tui" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l timeout -d 'How long to look [default: 5s; without end with --watch]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l watch -d 'Go on and show what changes, until Ctrl-C'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l timeout -d 'How long all of it may take; most of it is spent listening' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l address -d 'Where to reach it, host:port[/path]; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l ship-id -d 'The SHIP ID it must have' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l timeout -d 'How long to try' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l pin-file -d 'The file with its PIN; - is stdin' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l tls-suites -d 'The cipher suites to offer and take, the preferred one first [default: gcm,ccm8,cbc]' -r -f -a "gcm\t'ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the recommended one'
ccm8\t'ECDHE_ECDSA_WITH_AES_128_CCM_8, an optional one'
cbc\t'ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, the mandatory one'"
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l tls-versions -d 'The versions of TLS; SHIP knows 1.2 only [default: 1.2]' -r -f -a "1.2\t'The one SHIP demands'
1.3\t'One SHIP does not know'"
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l keylog -d 'Append the keys of every connection to this file, for Wireshark; whoever has it can read all' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l register -d 'Announce `register=true`, for devices that list only such nodes'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l keep -d 'Stay connected until Ctrl-C'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l no-spine -d 'Say nothing in SPINE: do not ask a device what it offers, nor answer what it asks'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand pair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l address -d 'Where to reach it, host:port[/path]; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l timeout -d 'How long each rung may take; the whole ends within six times that and 5 s' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l pin-file -d 'The file with its PIN, for a device that is trusted; - is stdin' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l repeat -d 'Probe so many times, and sum it up' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l pause -d 'How long to wait between two probes' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l tls-suites -d 'The cipher suites to offer and take, the preferred one first [default: gcm,ccm8,cbc]' -r -f -a "gcm\t'ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the recommended one'
ccm8\t'ECDHE_ECDSA_WITH_AES_128_CCM_8, an optional one'
cbc\t'ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, the mandatory one'"
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l tls-versions -d 'The versions of TLS; SHIP knows 1.2 only [default: 1.2]' -r -f -a "1.2\t'The one SHIP demands'
1.3\t'One SHIP does not know'"
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l keylog -d 'Append the keys of every connection to this file, for Wireshark; whoever has it can read all' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l disturb -d 'Climb also where our hub is connected with the device, which may end that connection'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -s o -l output -d 'The new file [default: shipctl-DATE.zip here]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l trace -d 'Put this trace in as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l address -d 'Where to reach the device, host:port[/path]; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l timeout -d 'How long each rung of the probe may take; doctor takes 5 s, or this if it is less' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l full -d 'Leave serial numbers as they are'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l accept -d 'Let this device in without asking; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l auto-accept -d 'Let every device in without asking, for this long' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l timeout -d 'How long to wait [default: until Ctrl-C]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l pin-file -d 'The file with the PIN of the device that wants one; - is stdin' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l require-pin-file -d 'The file with the PIN we demand of every device' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l tls-suites -d 'The cipher suites to offer and take, the preferred one first [default: gcm,ccm8,cbc]' -r -f -a "gcm\t'ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the recommended one'
ccm8\t'ECDHE_ECDSA_WITH_AES_128_CCM_8, an optional one'
cbc\t'ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, the mandatory one'"
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l tls-versions -d 'The versions of TLS; SHIP knows 1.2 only [default: 1.2]' -r -f -a "1.2\t'The one SHIP demands'
1.3\t'One SHIP does not know'"
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l keylog -d 'Append the keys of every connection to this file, for Wireshark; whoever has it can read all' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l once -d 'End after the first device is paired'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l no-spine -d 'Say nothing in SPINE: do not ask a device what it offers, nor answer what it asks'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l for -d 'For how long [default: until Ctrl-C]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l background -d 'The background of the terminal [default: what COLORFGBG says, else dark]' -r -f -a "dark\t'Light text on it'
light\t'Dark text on it'"
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l headless -d 'Print what happens instead of opening the dashboard, as without a terminal'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l ascii -d 'Nothing but ASCII characters [default: where the locale is not UTF-8]'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l persona -d 'A file with devices of your own; may be repeated' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l fault -d 'A device with this fault; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l list -d 'List the devices and the faults, and end'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -f -a "run" -d 'Run in the foreground until Ctrl-C, SIGTERM or `shipctl shutdown`; SIGHUP reloads'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and not __fish_seen_subcommand_from run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l max-connections -d 'The most connections at a time [default: 10]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l double-connection -d 'Which of two connections to one device survives, where we decide [default: initiator]' -r -f -a "initiator\t'The one initiated by the node with the higher SKI, as most devices do it'
most-recent\t'The most recent one (SHIP 12.2.2)'"
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l tls-suites -d 'The cipher suites to offer and take, the preferred one first [default: gcm,ccm8,cbc]' -r -f -a "gcm\t'ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the recommended one'
ccm8\t'ECDHE_ECDSA_WITH_AES_128_CCM_8, an optional one'
cbc\t'ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, the mandatory one'"
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l tls-versions -d 'The versions of TLS; SHIP knows 1.2 only [default: 1.2]' -r -f -a "1.2\t'The one SHIP demands'
1.3\t'One SHIP does not know'"
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l keylog -d 'Append the keys of every connection to this file, for Wireshark; whoever has it can read all' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l no-spine -d 'Say nothing in SPINE: do not ask a device what it offers, nor answer what it asks'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run in the foreground until Ctrl-C, SIGTERM or `shipctl shutdown`; SIGHUP reloads'
complete -c shipctl -n "__fish_shipctl_using_subcommand hub; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l watch -d 'Go on and show what happens, until Ctrl-C'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l address -d 'Where to reach it, host:port[/path]; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l ship-id -d 'The SHIP ID it must have' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l pin-file -d 'The file with its PIN; - is stdin' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand register" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand unregister" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand connect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l all -d 'Every device, and refuse those that ask to be paired'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand disconnect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand deny" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand auto-accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand limit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand metrics" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand shutdown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l quirks -d 'List the quirks of devices and stacks that are recognised'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -f -a "show" -d 'Show SKI, SHIP ID, fingerprint, validity and files'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -f -a "qr" -d 'Show the QR code other devices can scan'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -f -a "export" -d 'Write certificate and key to files'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -f -a "import" -d 'Take certificate and key from files; a different SKI must pair again'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -f -a "new" -d 'Make a new identity; every device must pair again'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and not __fish_seen_subcommand_from show qr export import new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from qr" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l cert -d 'Where to write the certificate (PEM)' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l key -d 'Where to write the private key (PEM); keep it secret' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l cert -d 'The certificate (PEM)' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l key -d 'Its private key (PEM)' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l yes -d 'Do not ask before the identity we have is replaced'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l ship-id -d 'The SHIP ID [default: shipctl- and the first 8 digits of the SKI]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l yes -d 'Do not ask'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show SKI, SHIP ID, fingerprint, validity and files'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "qr" -d 'Show the QR code other devices can scan'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write certificate and key to files'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take certificate and key from files; a different SKI must pair again'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "new" -d 'Make a new identity; every device must pair again'
complete -c shipctl -n "__fish_shipctl_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -f -a "list" -d 'List the trusted devices'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -f -a "remove" -d 'Trust a device no longer'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -f -a "rename" -d 'Give a trusted device a name of your own'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and not __fish_seen_subcommand_from list remove rename help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the trusted devices'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Trust a device no longer'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a trusted device a name of your own'
complete -c shipctl -n "__fish_shipctl_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -f -a "show" -d 'Show every setting as a file would say it'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -f -a "check" -d 'Tell everything that is wrong with the configuration; exit code 0 or 78'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -f -a "path" -d 'Print where the configuration is; it need not be there'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and not __fish_seen_subcommand_from show check path help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Show where each was said: default, file and line, environment variable, or flag'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting as a file would say it'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Tell everything that is wrong with the configuration; exit code 0 or 78'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where the configuration is; it need not be there'
complete -c shipctl -n "__fish_shipctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "show" -d 'Show what a trace tells, line by line'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "timeline" -d 'Show the states of each device, with their times and durations'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "diagram" -d 'Print a sequence diagram for Mermaid'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "export" -d 'Write a capture file for Wireshark'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "replay" -d 'Feed a trace to a new hub: does it decide the same?'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "start" -d 'Have a running hub record from now on; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "stop" -d 'Have it record no more; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and not __fish_seen_subcommand_from show timeline diagram export replay start stop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l ski -d 'Only the device with this SKI, or its first digits; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l only -l kind -d 'Only these kinds of lines' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l since -d 'Nothing before this time since the start of the trace' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l until -d 'Nothing after it' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l messages -d 'Only the messages, with their JSON'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l ski -d 'Only the device with this SKI, or its first digits; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from timeline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l ski -d 'Only the device with this SKI, or its first digits; may be repeated' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from diagram" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l pcapng -d 'The new capture file' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what a trace tells, line by line'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "timeline" -d 'Show the states of each device, with their times and durations'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "diagram" -d 'Print a sequence diagram for Mermaid'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write a capture file for Wireshark'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "replay" -d 'Feed a trace to a new hub: does it decide the same?'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "start" -d 'Have a running hub record from now on; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Have it record no more; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand trace; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l state-dir -d 'Where identity and trust are kept' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l profile -d 'Be another node on this computer, with identity, trust and configuration of its own' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l config -d 'The configuration [default: config.toml in the platform\'s place, if it is there]' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l port -d 'The port to listen on; 0 picks a free one' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l bind -d 'The address to listen on [default: every address; 127.0.0.1 with --interface lo]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l interface -d 'The network interface for discovery; may be repeated [default: all but loopback]' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l mdns-port -d 'The UDP port of mDNS; another port is an mDNS world of its own, for trying things out' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l log-file -d 'Write a log to this file as well' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l trace -d 'Write everything the connections are told and do to this new file; see `shipctl trace`' -r -F
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l trace-limit -d 'The size at which the trace ends' -r
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l no-mdns -d 'Neither look for devices nor be found by them; needs --address'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l json -d 'One JSON object a line on stdout; the last is the result'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -s q -l quiet -d 'Only results and errors'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -s v -l verbose -d 'Say more on stderr; twice for everything'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l trace-full -d 'Leave serial numbers in the trace; PINs never are in it'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -l no-input -d 'Never ask; fail and name the missing flag instead'
complete -c shipctl -n "__fish_shipctl_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "tui" -d 'Open the dashboard: on the hub that runs, or else on one of its own (the default)'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "discover" -d 'List the EEBUS devices on this network'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "doctor" -d 'Check our own side: network, port, firewall, identity, clock; changes nothing'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "pair" -d 'Pair with a device'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "probe" -d 'Look at a device rung by rung, from mDNS to the close, and say what is wrong'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "report" -d 'Put all that a bug report needs into one zip file, without secrets'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "listen" -d 'Wait for devices that want to pair with us'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "demo" -d 'Show it all on simulated devices: no hardware, no network, nothing to set up'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "simulate" -d 'Simulate devices to try things out on'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "hub" -d 'Keep connections to every trusted device, steered by the commands below'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "status" -d 'Show what a running hub does'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "register" -d 'Trust a device and connect to it; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "unregister" -d 'Trust a device no longer and disconnect it; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "connect" -d 'Connect to a trusted device now; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "disconnect" -d 'Disconnect a device until told to connect; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "cancel" -d 'Give up a pairing that never completed; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "accept" -d 'Let a device in that asks to be paired; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "deny" -d 'Refuse a device that asks to be paired, or give up a pairing; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "auto-accept" -d 'Let every device in that asks, for a while; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "limit" -d 'Set how many connections there may be at a time; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "metrics" -d 'Show the metrics of a running hub, as Prometheus reads them'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "shutdown" -d 'End a running hub in order'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "explain" -d 'Say what a finding means, why it comes, and what to do'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "identity" -d 'Show, export or replace our own identity'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "trust" -d 'Show or change which devices are trusted'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "config" -d 'Show the settings, where each comes from, and what is wrong with them'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "trace" -d 'Read a trace, replay it, turn it into a diagram or a capture file; or have one recorded'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "version" -d 'Show the versions of shipctl and of all it reads and writes'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and not __fish_seen_subcommand_from tui discover doctor pair probe report listen demo simulate hub status register unregister connect disconnect cancel accept deny auto-accept limit metrics shutdown explain identity trust config trace version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from hub" -f -a "run" -d 'Run in the foreground until Ctrl-C, SIGTERM or `shipctl shutdown`; SIGHUP reloads'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "show" -d 'Show SKI, SHIP ID, fingerprint, validity and files'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "qr" -d 'Show the QR code other devices can scan'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "export" -d 'Write certificate and key to files'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "import" -d 'Take certificate and key from files; a different SKI must pair again'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "new" -d 'Make a new identity; every device must pair again'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "list" -d 'List the trusted devices'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "remove" -d 'Trust a device no longer'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "rename" -d 'Give a trusted device a name of your own'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show every setting as a file would say it'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Tell everything that is wrong with the configuration; exit code 0 or 78'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the configuration is; it need not be there'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "show" -d 'Show what a trace tells, line by line'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "timeline" -d 'Show the states of each device, with their times and durations'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "diagram" -d 'Print a sequence diagram for Mermaid'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "export" -d 'Write a capture file for Wireshark'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "replay" -d 'Feed a trace to a new hub: does it decide the same?'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "start" -d 'Have a running hub record from now on; asks a running hub'
complete -c shipctl -n "__fish_shipctl_using_subcommand help; and __fish_seen_subcommand_from trace" -f -a "stop" -d 'Have it record no more; asks a running hub'
