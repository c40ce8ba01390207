package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/store/storetest"
)

// operations reads docs/operations.md: the configuration and the commands of the night in
// the life, in order.
func operations(t *testing.T) (configuration string, commands []string) {
	t.Helper()
	body, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, night, _ := strings.Cut(string(body), "\n## A night in the life\n")
	night, _, _ = strings.Cut(night, "\n## ")
	for _, m := range regexp.MustCompile("(?s)\n```([a-z]+)\n(.*?)\n```\n").FindAllStringSubmatch(night, -1) {
		switch m[1] {
		case "yaml":
			configuration = m[2]
		case "sh":
			commands = append(commands, m[2])
		}
	}
	if configuration == "" || len(commands) < 5 {
		t.Fatalf("a configuration of %d bytes and %d blocks of commands in docs/operations.md", len(configuration), len(commands))
	}
	return configuration, commands
}

// TestNightInTheLife runs what docs/operations.md tells people to type, on the shipped
// market, and looks whether it came to what the page says.
func TestNightInTheLife(t *testing.T) {
	t.Parallel()
	configuration, commands := operations(t)
	srv, err := fixtures.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	feeds, err := fixtures.Feeds()
	if err != nil {
		t.Fatal(err)
	}
	exports, dir := t.TempDir(), t.TempDir()
	for kind, body := range feeds {
		if err := os.WriteFile(filepath.Join(exports, kind+".csv"), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The market of the page is a real one; ours is on loopback.
	loopback, err := yaml.Marshal(map[string]any{"fetch": map[string]any{
		"resolve": srv.Resolve(), "allow_private": []string{"127.0.0.0/8"}, "provider_pace": 0, "confirm": "0s",
	}, "sweep": map[string]any{"retry_wait": "100ms"}})
	if err != nil {
		t.Fatal(err)
	}
	configuration = strings.Replace(configuration, "market: aliyun", "market: "+fixtures.ProfileID, 1) + "\n" + string(loopback)
	if err := os.WriteFile(filepath.Join(dir, "marketwarden.yaml"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cmd := exec.CommandContext(t.Context(), "sh", "-eux", "-c", strings.Join(commands, "\n"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DATABASE_URL="+storetest.New(t).Pool.Config().ConnString(), "EXPORTS="+exports,
		"COVERS=2024-01-01.."+now.Format(time.DateOnly), "IN_A_MONTH="+now.AddDate(0, 1, 0).Format(time.DateOnly), "USER=operator")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"import: done", "sweep: ", "report: done", "notify: done", "Li Hua", " sent"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is nowhere in what the commands print", want)
		}
	}
	for _, pattern := range []string{"data/reports/1/html/index.html", "data/notices/*.eml", "inbox/*/done/*.csv"} {
		if m, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(m) == 0 {
			t.Errorf("there is no %s (%v)", pattern, err)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// TestDeploy: what deploy/ starts is what the program offers, with a configuration that
// it takes.
func TestDeploy(t *testing.T) {
	t.Parallel()
	var started [][]string
	units, err := filepath.Glob("../../deploy/systemd/*.service")
	if err != nil || len(units) == 0 {
		t.Fatalf("no units: %v", err)
	}
	for _, name := range units {
		_, line, _ := strings.Cut(read(t, name), "\nExecStart=/usr/bin/marketwarden ")
		line, _, _ = strings.Cut(line, "\n")
		started = append(started, strings.Fields(strings.ReplaceAll(line, "%i", "nightly")))
	}
	_, last, _ := strings.Cut(read(t, "../../deploy/docker/Dockerfile"), "\nCMD ")
	var args []string
	if err := yaml.Unmarshal([]byte(last), &args); err != nil {
		t.Fatal(err)
	}
	started = append(started, args)
	for _, name := range []string{"serve", "worker"} {
		document, _, _ := strings.Cut(read(t, "../../deploy/kubernetes/"+name+".yaml"), "\n---\n")
		var d struct {
			Spec struct {
				Template struct {
					Spec struct {
						Containers []struct{ Args []string }
					}
				}
			}
		}
		if err := yaml.Unmarshal([]byte(document), &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c := d.Spec.Template.Spec.Containers; len(c) == 1 {
			started = append(started, c[0].Args)
		}
	}
	if len(started) != len(units)+3 {
		t.Errorf("%d commands are started, want %d", len(started), len(units)+3)
	}
	for _, args := range started {
		var c cli
		parser, err := kong.New(&c, kong.Name("marketwarden"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(args); err != nil || len(args) == 0 {
			t.Errorf("deploy starts marketwarden %q: %v", args, err)
		}
	}
	cfg, err := config.Load("../../deploy/kubernetes/marketwarden.yaml", func(string) string { return "" })
	if err == nil {
		cfg.DataDir = "/data"
		err = cfg.Validate()
	}
	if err != nil || len(cfg.Schedule) == 0 {
		t.Errorf("the configuration of the manifests: %v", err)
	}
	// On a new volume nobody but the manifest makes the drop folders.
	for i := range cfg.Feeds {
		_, folders, _ := strings.Cut(read(t, "../../deploy/kubernetes/serve.yaml"), "initContainers:")
		folders, _, _ = strings.Cut(folders, " containers:")
		if drop := cfg.Feeds[i].Drop; drop == "" || !strings.Contains(folders, drop) {
			t.Errorf("nobody makes the drop folder %q", drop)
		}
	}
}

// TestDeployHolds what the units and manifests have to have for a night to end as it
// should, and to be told as it ended.
func TestDeployHolds(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"marketwarden.service", "marketwarden-night@.service"} {
		text := read(t, "../../deploy/systemd/"+unit)
		if !strings.Contains(text, "\nReadWritePaths=-/srv/marketwarden\n") {
			t.Errorf("%s: what was taken in could not be moved within the drop folders", unit)
		}
		if strings.Contains(text, "\nSuccessExitStatus=") {
			t.Errorf("%s: a night that was cut off would be shown as a success", unit)
		}
	}
	for _, kind := range []string{"providers", "listings", "orders"} {
		if !strings.Contains(read(t, "../../deploy/systemd/marketwarden.tmpfiles.conf"), "\nd /srv/marketwarden/inbox/"+kind+" ") {
			t.Errorf("nobody makes the drop folder of %s", kind)
		}
	}
	for _, name := range []string{"serve", "worker"} {
		if !strings.Contains(read(t, "../../deploy/kubernetes/"+name+".yaml"), "\n    type: Recreate\n") {
			t.Errorf("%s: pods of two versions would run on one database", name)
		}
	}
	if !strings.Contains(read(t, "../../deploy/kubernetes/kustomization.yaml"), "\nconfigMapGenerator:\n") {
		t.Error("a changed configuration would restart nothing")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
