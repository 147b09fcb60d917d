package dashboards

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// Keys of the dashboards that are not a stage's.
const (
	Overview = "overview"
	Storage  = "storage" // and delivery: buckets, topic, dead letters
)

// Names are the keys of all dashboards: the whole, then in the order in which an
// image passes what they show.
func Names() []string {
	return []string{Overview, contract.StageValidate, contract.StageResize, contract.StageNotify, StageWorkflow, StageAPI, Storage}
}

// Dashboard is one dashboard.
type Dashboard struct {
	Key  string // of Names
	Name string // the physical one
	Body string // JSON, as PutDashboard takes it
}

// Dashboards gives those that the settings name, in the order of Names. An
// unknown name is an error that lists the known.
func Dashboards(s Stack, settings Settings) ([]Dashboard, error) {
	for _, key := range settings.Dashboards {
		if !slices.Contains(Names(), key) {
			return nil, fmt.Errorf("there is no dashboard %s; the dashboards are %s", key, strings.Join(Names(), ", "))
		}
	}
	alarms, err := Alarms(s, settings)
	if err != nil {
		return nil, err
	}
	var list []Dashboard
	var problems []error
	for _, key := range Names() {
		if !slices.Contains(settings.Dashboards, key) {
			continue
		}
		b := &board{stack: s, settings: settings, alarms: alarms, key: key}
		if err := b.fill(); err != nil {
			return nil, err
		}
		body, err := b.body()
		if err != nil {
			return nil, fmt.Errorf("encode the dashboard %s: %w", key, err)
		}
		d := Dashboard{Key: key, Name: s.name(key), Body: body}
		problems = append(problems, checkDashboard(d, b.widgets))
		list = append(list, d)
	}
	return list, errors.Join(problems...)
}

func (b *board) fill() error {
	switch b.key {
	case Overview:
		return b.overview()
	case StageWorkflow:
		b.workflow()
	case StageAPI:
		b.api()
	case Storage:
		b.storage()
	default:
		b.function(b.key)
	}
	return nil
}
