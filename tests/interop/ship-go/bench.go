package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/enbility/ship-go/api"
	"github.com/enbility/ship-go/cert"
	"github.com/enbility/ship-go/model"
	"github.com/enbility/ship-go/ship"
	"github.com/enbility/ship-go/ws"
	"github.com/gorilla/websocket"
)

// selfBench measures n handshakes between two nodes in this process, over loopback, a fresh
// connection each.
//
// Inside the measured time: TCP connect, TLS with both certificates (1.3 between two ship-go nodes:
// the hub sets no maximum), WebSocket upgrade, and the SHIP handshake up to the moment both sides
// have reached "complete", access methods included. Outside: closing, and one warm-up handshake.
//
// The hub itself is left out, for its random delay before dialling and its start-up race. The two
// sides are put together from the same parts, with the same settings, as in hub_connections.go.
func selfBench(n int) error {
	client, err := newBenchNode("i:46925_u:bench-client")
	if err != nil {
		return err
	}
	server, err := newBenchNode("i:46925_u:bench-server")
	if err != nil {
		return err
	}
	address, err := server.listen(client.ski)
	if err != nil {
		return err
	}
	times := make([]float64, 0, n)
	for i := 0; i <= n; i++ {
		took, err := handshake(client, server, address)
		if err != nil {
			return err
		}
		if i > 0 {
			times = append(times, float64(took.Microseconds())/1000)
		}
	}
	slices.Sort(times)
	emit(event{"event": "bench", "n": n, "median_ms": times[n/2], "p95_ms": times[min(n*95/100, n-1)]})
	return nil
}

func handshake(client, server *benchNode, address string) (time.Duration, error) {
	start := time.Now()
	if err := client.connect(address, server.ski); err != nil {
		return 0, err
	}
	deadline := time.After(15 * time.Second)
	var sides []*benchSide
	for _, node := range []*benchNode{client, server} {
		select {
		case side := <-node.started:
			sides = append(sides, side)
		case <-deadline:
			return 0, errors.New("a connection did not start")
		}
	}
	for _, side := range sides {
		select {
		case err := <-side.finished:
			if err != nil {
				return 0, err
			}
		case <-deadline:
			return 0, errors.New("a handshake did not complete")
		}
	}
	took := time.Since(start)

	for _, side := range sides {
		side.connection.CloseConnection(false, 0, "")
	}
	return took, nil
}

type benchNode struct {
	identity tls.Certificate
	ski      string
	shipID   string
	started  chan *benchSide
}

func newBenchNode(shipID string) (*benchNode, error) {
	identity, ski, err := loadIdentity("", shipID)
	return &benchNode{identity, ski, shipID, make(chan *benchSide, 1)}, err
}

func (b *benchNode) listen(remoteSKI string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	upgrader := websocket.Upgrader{
		ReadBufferSize:  ws.MaxMessageSize,
		WriteBufferSize: ws.MaxMessageSize,
		Subprotocols:    []string{api.ShipWebsocketSubProtocol},
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
				b.start(conn, false, remoteSKI)
			}
		}),
		TLSConfig: &tls.Config{
			Certificates:          []tls.Certificate{b.identity},
			ClientAuth:            tls.RequireAnyClientCert,
			CipherSuites:          cert.CipherSuites,
			MinVersion:            tls.VersionTLS12,
			VerifyPeerCertificate: requireSKI,
		},
	}
	go server.ServeTLS(listener, "", "")
	return listener.Addr().String(), nil
}

func (b *benchNode) connect(address, remoteSKI string) error {
	dialer := &websocket.Dialer{
		TLSClientConfig: &tls.Config{
			Certificates:       []tls.Certificate{b.identity},
			InsecureSkipVerify: true,
			CipherSuites:       cert.CipherSuites,
		},
		Subprotocols: []string{api.ShipWebsocketSubProtocol},
	}
	conn, response, err := dialer.Dial("wss://"+address+"/ship/", nil)
	if err != nil {
		return err
	}
	response.Body.Close()
	b.start(conn, true, remoteSKI)
	return nil
}

func requireSKI(certificates [][]byte, _ [][]*x509.Certificate) error {
	leaf, err := x509.ParseCertificate(certificates[0])
	if err == nil {
		_, err = cert.SkiFromCertificate(leaf)
	}
	return err
}

func (b *benchNode) start(conn *websocket.Conn, isClient bool, remoteSKI string) {
	role := ship.ShipRoleServer
	if isClient {
		role = ship.ShipRoleClient
	}
	socket := gatedSocket{ws.NewWebsocketConnection(conn, remoteSKI), make(chan struct{})}
	side := &benchSide{finished: make(chan error, 1)}
	side.connection = ship.NewConnectionHandler(side, socket, role, b.shipID, remoteSKI, "")
	side.connection.Run()
	b.started <- side
	close(socket.started)
}

// gatedSocket holds back what arrives until the connection has been started. In the hub a message
// that comes sooner is taken for the start itself; here that would only spoil the figures.
type gatedSocket struct {
	*ws.WebsocketConnection
	started chan struct{}
}

func (s gatedSocket) InitDataProcessing(reader api.WebsocketDataReaderInterface) {
	s.WebsocketConnection.InitDataProcessing(gatedReader{reader, s.started})
}

type gatedReader struct {
	api.WebsocketDataReaderInterface
	started chan struct{}
}

func (r gatedReader) HandleIncomingWebsocketMessage(message []byte) {
	<-r.started
	r.WebsocketDataReaderInterface.HandleIncomingWebsocketMessage(message)
}

// benchSide is what the hub is to a connection: it trusts the peer, and listens for states.
type benchSide struct {
	connection *ship.ShipConnection
	finished   chan error
}

func (s *benchSide) HandleShipHandshakeStateUpdate(_ string, state model.ShipState) {
	if state.State != model.SmeStateComplete && state.State != model.SmeStateError {
		return
	}
	select {
	case s.finished <- state.Error:
	default: // only the first outcome counts
	}
}

func (s *benchSide) SetupRemoteDevice(ski string, _ api.ShipConnectionDataWriterInterface) api.ShipConnectionDataReaderInterface {
	return payloads{ski}
}

func (s *benchSide) IsRemoteServiceForSKIPaired(string) bool                  { return true }
func (s *benchSide) IsAutoAcceptEnabled() bool                                { return false }
func (s *benchSide) AllowWaitingForTrust(string) bool                         { return true }
func (s *benchSide) ReportServiceShipID(string, string)                       {}
func (s *benchSide) HandleConnectionClosed(api.ShipConnectionInterface, bool) {}
