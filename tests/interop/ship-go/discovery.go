package main

import (
	"github.com/enbility/ship-go/api"
	"github.com/enbility/ship-go/mdns"
)

// discovery stands between ship-go's mDNS and its hub, in both directions. The hub dials nothing
// but what its MdnsInterface reports, so this is also where an address given by hand comes in.
type discovery struct {
	real *mdns.MdnsManager // nil without --mdns
	hub  api.MdnsReportInterface
}

func newDiscovery(o options, ski string, port int) *discovery {
	if !o.mdns {
		return &discovery{}
	}
	var interfaces []string
	if o.iface != "" {
		interfaces = []string{o.iface}
	}
	// The instance name is the SHIP ID; zeroconf rather than avahi, so that nothing else must run.
	return &discovery{real: mdns.NewMDNS(ski, "shipctl", "ship-go", "EnergyManagementSystem",
		o.shipID, o.shipID, port, interfaces, mdns.MdnsProviderSelectionGoZeroConfOnly)}
}

// sighted reports an address given by hand, as if it had just been seen.
func (d *discovery) sighted(ski, host string, port int) {
	d.hub.ReportMdnsEntries(map[string]*api.MdnsEntry{
		ski: {Name: ski, Ski: ski, Path: "/ship/", Host: host, Port: port},
	}, true)
}

// What the hub asks of mDNS.

func (d *discovery) Start(hub api.MdnsReportInterface) error {
	d.hub = hub
	if d.real == nil {
		return nil
	}
	return d.real.Start(d)
}

func (d *discovery) Shutdown() {
	if d.real != nil {
		d.real.Shutdown()
	}
}

func (d *discovery) AnnounceMdnsEntry() error {
	if d.real == nil {
		return nil
	}
	return d.real.AnnounceMdnsEntry()
}

func (d *discovery) UnannounceMdnsEntry() {
	if d.real != nil {
		d.real.UnannounceMdnsEntry()
	}
}

func (d *discovery) SetAutoAccept(accept bool) {
	if d.real != nil {
		d.real.SetAutoAccept(accept)
	}
}

// RequestMdnsEntries repeats what mDNS has seen, never an address given by hand: the hub asks after
// every lost connection, and would start delayed attempts that swallow the next dial command.
func (d *discovery) RequestMdnsEntries() {
	if d.real != nil {
		d.real.RequestMdnsEntries()
	}
}

// What mDNS reports to the hub.

func (d *discovery) ReportMdnsEntries(entries map[string]*api.MdnsEntry, isNew bool) {
	if isNew {
		for ski, entry := range entries {
			emit(event{"event": "service", "ski": normalise(ski), "ship_id": entry.Identifier,
				"host": dialHost(entry), "port": entry.Port})
		}
	}
	d.hub.ReportMdnsEntries(entries, isNew)
}

// dialHost prefers an IPv4 address, then any address, then the name.
func dialHost(entry *api.MdnsEntry) string {
	for _, address := range entry.Addresses {
		if address.To4() != nil {
			return address.String()
		}
	}
	if len(entry.Addresses) > 0 {
		return entry.Addresses[0].String()
	}
	return entry.Host
}
