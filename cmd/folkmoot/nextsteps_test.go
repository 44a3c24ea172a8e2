package main

import (
	"slices"
	"strings"
	"testing"
)

// What init prints is the packages' unit but for places and ports, so that nobody runs with less protection than a package's user.
func TestUnitIsThePackages(t *testing.T) {
	packaged := slices.Collect(strings.Lines(packagedUnit))
	for name, tc := range map[string]struct {
		program, path, data string
		lowPort             bool
		want                []string
	}{
		"package": {packagedProgram, packagedConfig, packagedData, false, nil},
		"elsewhere": {
			"/opt/f/folkmoot", "/srv/f/folkmoot.toml", "/srv/f/data", false,
			[]string{
				"ExecStart=/opt/f/folkmoot serve --config /srv/f/folkmoot.toml", "ConditionPathExists=/srv/f/folkmoot.toml",
				"ReadWritePaths=/srv/f/data", "WorkingDirectory=/srv/f/data",
			},
		},
		"at home": {
			"/usr/bin/folkmoot", "/home/ann/folkmoot.toml", packagedData, false,
			[]string{"ExecStart=/usr/bin/folkmoot serve --config /home/ann/folkmoot.toml", "ConditionPathExists=/home/ann/folkmoot.toml", "ProtectHome=read-only"},
		},
		"port 443": {
			packagedProgram, packagedConfig, packagedData, true,
			[]string{"CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var own []string
			for line := range strings.Lines(unitFor(tc.program, tc.path, tc.data, tc.lowPort)) {
				if !slices.Contains(packaged, line) {
					own = append(own, strings.TrimSuffix(line, "\n"))
				}
			}
			slices.Sort(own)
			slices.Sort(tc.want)
			if !slices.Equal(own, tc.want) {
				t.Errorf("beside the package's lines it has\n%s\nwant\n%s", strings.Join(own, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
	for _, must := range []string{"NoNewPrivileges=yes\n", "ProtectSystem=strict\n", "CapabilityBoundingSet=\n", "UMask=0077\n", "Type=notify\n"} {
		if !slices.Contains(packaged, must) {
			t.Errorf("the unit lacks %s", must)
		}
	}
}
