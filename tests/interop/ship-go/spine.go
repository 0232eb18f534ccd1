package main

import (
	shipapi "github.com/enbility/ship-go/api"
	"github.com/enbility/spine-go/api"
	"github.com/enbility/spine-go/model"
	"github.com/enbility/spine-go/spine"
)

// newDevice is a wallbox on spine-go: it offers one use case, asks every peer what it offers, and
// subscribes to its node management.
func newDevice(shipID string) *spine.DeviceLocal {
	device := spine.NewDeviceLocal("Foreign", "Charger", "1", shipID, "d:_"+shipID,
		model.DeviceTypeTypeChargingStation, model.NetworkManagementFeatureSetTypeSmart)
	address := spine.NewAddressEntityType([]uint{1})
	entity := spine.NewEntityLocal(device, model.EntityTypeTypeEVSE, address, 0)
	entity.GetOrAddFeature(model.FeatureTypeTypeLoadControl, model.RoleTypeServer)
	device.AddEntity(entity)
	entity.AddUseCaseSupport(model.UseCaseActorTypeControllableSystem,
		model.UseCaseNameTypeLimitationOfPowerConsumption, "1.0.0", "release", true,
		[]model.UseCaseScenarioSupportType{1, 2, 3, 4})
	_ = spine.Events.Subscribe(reporter{})
	return device
}

// reporter tells what a peer said of itself, and that it subscribed.
type reporter struct{}

func (reporter) HandleEvent(payload api.EventPayload) {
	switch payload.EventType {
	case api.EventTypeSubscriptionChange:
		emit(event{"event": "subscribed", "ski": payload.Ski})
	case api.EventTypeDataChange:
		data, is := payload.Data.(*model.NodeManagementUseCaseDataType)
		if !is {
			return
		}
		emit(event{
			"event": "use_cases", "ski": payload.Ski, "count": len(data.UseCaseInformation),
			"device_type": payload.Device.DeviceType(), "address": payload.Device.Address(),
		})
	}
}

// both hands data to the one that reports it and to spine-go.
type both struct {
	report, device shipapi.ShipConnectionDataReaderInterface
}

func (r both) HandleShipPayloadMessage(message []byte) {
	r.report.HandleShipPayloadMessage(message)
	r.device.HandleShipPayloadMessage(message)
}
