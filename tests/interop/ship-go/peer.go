package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/enbility/ship-go/api"
	"github.com/enbility/ship-go/hub"
	"github.com/enbility/ship-go/util"
	"github.com/enbility/spine-go/spine"
)

// peer is the application around ship-go's hub, and the user in front of it.
type peer struct {
	mode      string
	echo      bool
	hub       *hub.Hub
	discovery *discovery
	device    *spine.DeviceLocal // with --spine

	mutex    sync.Mutex
	writers  map[string]api.ShipConnectionDataWriterInterface
	up       map[string]bool      // connected was reported and disconnected not yet
	lastDown map[string]time.Time // when a connection last ended
}

func startPeer(o options) (*peer, error) {
	identity, ski, err := loadIdentity(o.state, o.shipID)
	if err != nil {
		return nil, err
	}
	port, err := freePort(o.port)
	if err != nil {
		return nil, err
	}
	local := api.NewServiceDetails(ski)
	local.SetShipID(o.shipID)
	p := &peer{
		mode:      o.mode,
		echo:      o.echo,
		discovery: newDiscovery(o, ski, port),
		writers:   map[string]api.ShipConnectionDataWriterInterface{},
		up:        map[string]bool{},
		lastDown:  map[string]time.Time{},
	}
	if o.spine {
		p.device = newDevice(o.shipID)
	}
	p.hub = hub.NewHub(p, p.discovery, port, identity, local)
	if o.mode == "trust" {
		for _, remote := range o.remotes {
			p.hub.RegisterRemoteSKI(remote)
		}
	}
	p.hub.Start()
	if err := awaitListener(port); err != nil {
		return nil, err
	}
	emit(event{"event": "ready", "ski": ski, "ship_id": o.shipID, "port": port})
	if o.dial != "" {
		go p.dial(o.dial, o.remotes[0])
	}
	return p, nil
}

// freePort also finds out that a port is taken: the hub would only write that to its log.
func freePort(port int) (int, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func awaitListener(port int) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return nil
		}
	}
	return fmt.Errorf("the hub does not listen on %s", address)
}

// dial makes the hub try this address once, at once, whether or not the peer is trusted.
func (p *peer) dial(address, ski string) {
	host, portText, err := net.SplitHostPort(address)
	port, portErr := strconv.Atoi(portText)
	if err != nil || portErr != nil {
		emitError(fmt.Sprintf("%q is not HOST:PORT", address))
		return
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // the hub pastes it into a URL
	}
	if !p.awaitGone(ski) {
		emitError("dial: still connected to " + ski)
		return
	}
	// "Queued" is what the hub calls a pairing the user has just asked for: no delay, no trust needed.
	p.hub.ServiceForSKI(ski).ConnectionStateDetail().SetState(api.ConnectionStateQueued)
	p.discovery.sighted(ski, host, port)
}

// awaitGone waits for an earlier connection to leave the hub, which ignores a dial until then. The
// hub also sets a state once more just after it reported the end: that would overwrite "queued".
func (p *peer) awaitGone(ski string) bool {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		p.mutex.Lock()
		settled := time.Since(p.lastDown[ski]) > 20*time.Millisecond
		p.mutex.Unlock()
		if settled && !p.holds(ski) {
			return true
		}
	}
	return false
}

// reportGone tells when nothing keeps a dial waiting any more, or what still does after 5 s.
func (p *peer) reportGone(ski string) {
	if p.awaitGone(ski) {
		emit(event{"event": "settled", "ski": ski})
		return
	}
	detail := p.hub.PairingDetailForSki(ski)
	text := ""
	if err := detail.Error(); err != nil {
		text = err.Error()
	}
	emit(event{"event": "stuck", "ski": ski, "name": stateNames[detail.State()], "error": text})
}

// settle waits until a connection that was reported as connected is in the hub's table and complete.
// The hub reports it a little sooner; told to close it then, it would do nothing at all.
func (p *peer) settle(ski string) {
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		p.mutex.Lock()
		connected := p.up[ski]
		p.mutex.Unlock()
		complete := p.hub.PairingDetailForSki(ski).State() == api.ConnectionStateCompleted
		if !connected || p.holds(ski) && complete {
			return
		}
	}
}

// holds says whether the hub has a connection to this peer in its table. For one that it has,
// PairingDetailForSki makes up a new detail; otherwise it hands out the stored one, which a change of
// state may replace meanwhile.
func (p *peer) holds(ski string) bool {
	for {
		stored := p.hub.ServiceForSKI(ski).ConnectionStateDetail()
		detail := p.hub.PairingDetailForSki(ski)
		if stored == p.hub.ServiceForSKI(ski).ConnectionStateDetail() {
			return detail != stored
		}
	}
}

// send may meet a connection that is just being replaced, on which the library panics.
func (p *peer) send(ski string, payload []byte) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("send: %v", why)
		}
	}()
	p.mutex.Lock()
	writer, connected := p.writers[ski], p.up[ski]
	p.mutex.Unlock()
	if !connected {
		return fmt.Errorf("send: not connected to %s", ski)
	}
	if !json.Valid(payload) {
		return fmt.Errorf("send: not JSON")
	}
	writer.WriteShipMessageWithPayload(payload)
	return nil
}

// stop gives the hub a moment; it may wait for ever for a connection that never became SHIP.
func (p *peer) stop() {
	done := make(chan struct{})
	go func() {
		p.hub.Shutdown()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
	}
}

// What the hub reports.

// SetupRemoteDevice is the one immediate sign of a completed handshake; states come 500 ms late.
func (p *peer) SetupRemoteDevice(ski string, writer api.ShipConnectionDataWriterInterface) api.ShipConnectionDataReaderInterface {
	p.mutex.Lock()
	p.writers[ski], p.up[ski] = writer, true
	p.mutex.Unlock()
	emit(event{"event": "connected", "ski": ski})
	if p.echo {
		return echo{writer}
	}
	if p.device != nil {
		return both{payloads{ski}, p.device.SetupRemoteDevice(ski, writer)}
	}
	return payloads{ski}
}

// RemoteSKIDisconnected comes for refused handshakes, for the loser of a double connection, and a
// second time 500 ms after a close that we announced. Only the end of what was connected is news.
func (p *peer) RemoteSKIDisconnected(ski string) {
	if p.holds(ski) {
		return
	}
	p.mutex.Lock()
	wasUp := p.up[ski]
	p.up[ski], p.lastDown[ski] = false, time.Now()
	p.mutex.Unlock()
	if wasUp {
		if p.device != nil {
			p.device.RemoveRemoteDeviceConnection(ski)
		}
		emit(event{"event": "disconnected", "ski": ski})
	}
}

func (p *peer) ServiceShipIDUpdate(ski, shipID string) {
	emit(event{"event": "ship_id", "ski": ski, "ship_id": shipID})
}

func (p *peer) ServicePairingDetailUpdate(ski string, detail *api.ConnectionStateDetail) {
	state, text := detail.State(), ""
	if err := detail.Error(); err != nil {
		text = err.Error()
	}
	emit(event{"event": "state", "ski": ski, "state": state, "name": stateNames[state], "error": text})

	// The user who refuses does what the button of a real application does: cancel the pairing.
	if p.mode == "deny" && state == api.ConnectionStateReceivedPairingRequest {
		go p.hub.CancelPairingWithSKI(ski)
	}
}

// AllowWaitingForTrust is false where there is nobody to ask: the hub then aborts at once. It asks
// with an empty SKI when a peer wants more time before it has told its SHIP ID.
func (p *peer) AllowWaitingForTrust(ski string) bool {
	return p.mode != "trust" || ski == ""
}

func (p *peer) RemoteSKIConnected(string)                        {} // before the end of the handshake
func (p *peer) VisibleRemoteServicesUpdated([]api.RemoteService) {} // discovery knows host and port

// payloads reports what a peer sends once it is connected.
type payloads struct{ ski string }

func (r payloads) HandleShipPayloadMessage(message []byte) {
	var payload any = string(message)
	if json.Valid(message) {
		payload = json.RawMessage(message)
	}
	emit(event{"event": "data", "ski": r.ski, "payload": payload})
}

// echo sends back what a peer sends, for measurements.
type echo struct {
	writer api.ShipConnectionDataWriterInterface
}

func (e echo) HandleShipPayloadMessage(message []byte) {
	e.writer.WriteShipMessageWithPayload(message)
}

// normalise brings a SKI to the form ship-go uses as a key.
func normalise(ski string) string {
	return strings.ReplaceAll(util.NormalizeSKI(ski), ":", "")
}
