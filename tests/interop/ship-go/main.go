// A SHIP peer on ship-go, driven by shipctl's interoperability tests.
//
// Commands come in on stdin, one a line; events leave on stdout, one JSON object a line. The flags
// and both languages are described in ../README.md and shared with the peer on the eebus crate.
package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/enbility/ship-go/cert"
	"github.com/enbility/ship-go/logging"
)

type options struct {
	port      int
	shipID    string
	state     string
	mode      string
	remotes   []string
	dial      string
	mdns      bool
	iface     string
	suite     string
	verbose   bool
	selfBench int
	echo      bool
	spine     bool
}

// The cipher suites of SHIP that Go has.
var suites = map[string]uint16{
	"gcm": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"cbc": tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
}

func main() {
	opts := parseFlags()

	// The hub dials through whatever proxy the environment names; a test peer never should.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		os.Unsetenv(name)
	}
	if !opts.verbose {
		log.SetOutput(io.Discard) // net/http writes its TLS errors there
	}
	if suite, named := suites[opts.suite]; named {
		cert.CipherSuites = []uint16{suite}
		// Go's server offers HTTP/2 as well, and then does not start without GCM.
		os.Setenv("GODEBUG", "http2server=0")
	}
	logging.SetLogging(logger{verbose: opts.verbose})

	if opts.selfBench > 0 {
		exitOn(selfBench(opts.selfBench))
		return
	}
	peer, err := startPeer(opts)
	exitOn(err)
	run(peer)
	peer.stop()
}

func parseFlags() options {
	var o options
	flag.IntVar(&o.port, "port", 0, "TCP port to listen on, 0 for any")
	flag.StringVar(&o.shipID, "ship-id", "i:46925_u:ship-go", "own SHIP ID")
	flag.StringVar(&o.state, "state", "", "directory that keeps cert.pem and key.pem")
	flag.StringVar(&o.mode, "mode", "trust", "what happens to a peer: trust, wait or deny")
	flag.Func("remote", "SKI of a peer, may be repeated", func(ski string) error {
		o.remotes = append(o.remotes, normalise(ski))
		return nil
	})
	flag.StringVar(&o.dial, "dial", "", "HOST:PORT at which to dial the first --remote")
	flag.BoolVar(&o.mdns, "mdns", false, "announce and browse")
	flag.StringVar(&o.iface, "interface", "", "network interface for --mdns")
	flag.StringVar(&o.suite, "suite", "", "the only cipher suite: gcm or cbc, both if not given")
	flag.BoolVar(&o.verbose, "verbose", false, "log to stderr")
	flag.BoolVar(&o.echo, "echo", false, "send data back instead of reporting it")
	flag.BoolVar(&o.spine, "spine", false, "be a device on spine-go as well")
	flag.IntVar(&o.selfBench, "self-bench", 0, "measure N handshakes with itself, then exit")
	flag.Parse()

	_, known := suites[o.suite]
	switch {
	case o.suite != "" && !known:
		exitOn(fmt.Errorf("--suite is gcm or cbc, not %q", o.suite))
	case o.mode != "trust" && o.mode != "wait" && o.mode != "deny":
		exitOn(fmt.Errorf("--mode is trust, wait or deny, not %q", o.mode))
	case o.dial != "" && len(o.remotes) == 0:
		exitOn(fmt.Errorf("--dial needs the SKI of the peer: --remote"))
	}
	return o
}

// run obeys stdin until it ends, says quit, or a signal arrives. The signals are taken here because
// ship-go's mDNS takes them too, and then does not end the process.
func run(p *peer) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		input := bufio.NewScanner(os.Stdin)
		input.Buffer(nil, 16<<20)
		for input.Scan() {
			lines <- input.Text()
		}
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	for {
		select {
		case <-signals:
			return
		case line, open := <-lines:
			if !open || strings.TrimSpace(line) == "quit" {
				return
			}
			if err := obey(p, line); err != nil {
				emitError(err.Error())
			}
		}
	}
}

func obey(p *peer, line string) error {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	first, second, _ := strings.Cut(strings.TrimSpace(rest), " ")
	ski := normalise(first)

	switch word {
	case "":
	case "accept", "register":
		// One call does both: it approves a pending connection, or queues the peer for dialling.
		p.hub.RegisterRemoteSKI(ski)
	case "deny":
		p.hub.CancelPairingWithSKI(ski)
	case "disconnect":
		p.settle(ski)
		p.hub.DisconnectSKI(ski, "User close")
	case "unregister":
		p.settle(ski)
		p.hub.UnregisterRemoteSKI(ski)
	case "dial":
		go p.dial(first, normalise(second))
	case "settle":
		go p.reportGone(ski)
	case "send":
		return p.send(ski, []byte(second))
	default:
		return fmt.Errorf("unknown command %q", word)
	}
	return nil
}

func exitOn(err error) {
	if err != nil {
		emitError(err.Error())
		os.Exit(1)
	}
}
