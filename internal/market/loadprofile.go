package market

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"marketwarden/internal/weburl"
)

//go:embed profiles/*.yaml
var shipped embed.FS

// MaxProfileBytes bounds the file of a market profile.
const MaxProfileBytes = 1 << 20

// The file format of a profile. Unknown keys are errors; every key is explained where
// the shipped profiles use it.
type profileFile struct {
	ID    string `yaml:"id"`
	Names struct {
		ZH []string `yaml:"zh"`
		EN []string `yaml:"en"`
	} `yaml:"names"`
	Hosts struct {
		Own         []HostPattern `yaml:"own"`
		UserContent []HostPattern `yaml:"user_content"`
		Market      []HostPattern `yaml:"market"`
	} `yaml:"hosts"`
	Details        []shapeFile      `yaml:"details"`
	Stores         []shapeFile      `yaml:"stores"`
	Searches       []shapeFile      `yaml:"searches"`
	Campaigns      []shapeFile      `yaml:"campaigns"`
	Homes          []shapeFile      `yaml:"homes"`
	TrackingParams []string         `yaml:"tracking_params"`
	Redirectors    []redirectorFile `yaml:"redirectors"`
	Pace           float64          `yaml:"pace"`
	Page           pageFile         `yaml:"page"`
}

type shapeFile struct {
	Host  HostPattern `yaml:"host"`
	Path  string      `yaml:"path"`
	Query string      `yaml:"query"`
}

type redirectorFile struct {
	Host  HostPattern `yaml:"host"`
	Path  string      `yaml:"path"`
	Param string      `yaml:"param"`
}

type pageFile struct {
	Title     string `yaml:"title"`
	Price     string `yaml:"price"`
	Agreement string `yaml:"agreement"`
	Areas     []struct {
		Field    string `yaml:"field"`
		Selector string `yaml:"selector"`
	} `yaml:"areas"`
	Required          []string      `yaml:"required"`
	DescriptionFrames []HostPattern `yaml:"description_frames"`
	InlineJSON        []struct {
		Selector string `yaml:"selector"`
		Path     string `yaml:"path"`
		Field    string `yaml:"field"`
	} `yaml:"inline_json"`
}

// LoadProfile reads a market profile: the name of a shipped one (see ShippedProfiles) or
// the path of a YAML file. The error names what is wrong with line and column, all that
// is wrong in one go where the YAML itself is sound. CSS selectors are not looked at
// here; page.NewMatcher says whether they can be used.
func LoadProfile(name string) (*Profile, error) {
	var src []byte
	var err error
	if strings.ContainsAny(name, `/\.`) {
		src, err = readProfile(name)
	} else if src, err = shipped.ReadFile("profiles/" + name + ".yaml"); err != nil {
		return nil, fmt.Errorf("market profile %q is not shipped (%s); a file is named with its extension or folder",
			name, strings.Join(ShippedProfiles(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("read market profile: %w", err)
	}
	p, err := ParseProfile(src)
	if err != nil {
		return nil, fmt.Errorf("market profile %s: %w", name, err)
	}
	return p, nil
}

// readProfile reads at most MaxProfileBytes, so that a device or a pipe named by
// mistake does not fill the memory.
func readProfile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, MaxProfileBytes+1))
	if err == nil && len(src) > MaxProfileBytes {
		err = fmt.Errorf("%s is longer than %d bytes", name, MaxProfileBytes)
	}
	return src, err
}

// ShippedProfiles are the names of the profiles inside the program.
func ShippedProfiles() []string {
	entries, err := shipped.ReadDir("profiles")
	if err != nil { // the folder is compiled in
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(path.Base(e.Name()), ".yaml"))
	}
	return names
}

// ParseProfile reads a profile from its YAML.
func ParseProfile(src []byte) (*Profile, error) {
	var f profileFile
	if err := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the profile is empty")
		}
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	c := profileReader{src: src}
	p := c.profile(&f)
	if err := errors.Join(c.errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// profileReader turns the file's form into a Profile and gathers what is wrong.
type profileReader struct {
	src  []byte
	errs []error
}

// bad notes a fault at a key such as "details[2].path", with its place in the file.
func (c *profileReader) bad(key, format string, args ...any) {
	place := ""
	if file, err := parser.ParseBytes(c.src, 0); err == nil {
		if at, err := yaml.PathString("$." + key); err == nil {
			if node, err := at.FilterFile(file); err == nil && node.GetToken() != nil {
				pos := node.GetToken().Position
				place = fmt.Sprintf("[%d:%d] ", pos.Line, pos.Column)
			}
		}
	}
	c.errs = append(c.errs, fmt.Errorf("%s%s: %s", place, key, fmt.Sprintf(format, args...)))
}

func (c *profileReader) profile(f *profileFile) *Profile {
	p := &Profile{
		ID: f.ID, Source: c.src, NamesZH: f.Names.ZH, NamesEN: f.Names.EN,
		OwnHosts: f.Hosts.Own, UserContentHosts: f.Hosts.UserContent, MarketHosts: f.Hosts.Market,
		Details: c.shapes("details", f.Details), Stores: c.shapes("stores", f.Stores),
		Searches: c.shapes("searches", f.Searches), Campaigns: c.shapes("campaigns", f.Campaigns),
		Homes: c.shapes("homes", f.Homes), TrackingParams: f.TrackingParams, Pace: f.Pace,
		Page: PageProfile{
			Title: f.Page.Title, Price: f.Page.Price, Agreement: f.Page.Agreement,
			Required: f.Page.Required, DescriptionFrames: f.Page.DescriptionFrames,
		},
	}
	if p.ID == "" {
		c.bad("id", "must not be empty")
	}
	if len(p.NamesZH)+len(p.NamesEN) == 0 {
		c.bad("names", "the platform must have a name")
	}
	if p.Pace < 0 {
		c.bad("pace", "must not be negative (0 = unlimited)")
	}
	c.hosts("hosts.own", p.OwnHosts)
	c.hosts("hosts.user_content", p.UserContentHosts)
	c.hosts("hosts.market", p.MarketHosts)
	c.hosts("page.description_frames", p.Page.DescriptionFrames)
	if len(p.OwnHosts) == 0 || len(p.MarketHosts) == 0 {
		c.bad("hosts", "own and market must both name a host")
	}
	for i, m := range p.MarketHosts {
		if !slices.ContainsFunc(p.OwnHosts, func(own HostPattern) bool { return covers(own, m) }) {
			c.bad(fmt.Sprintf("hosts.market[%d]", i), "%q is not among the own hosts", m)
		}
	}
	c.details(p)
	c.redirectors(p, f.Redirectors)
	c.page(p, &f.Page)
	return p
}

func (c *profileReader) details(p *Profile) {
	if len(p.Details) == 0 {
		c.bad("details", "at least one shape of a detail address is needed")
	}
	for i, s := range p.Details {
		if s.Path != nil && s.Path.SubexpIndex("code") < 0 && s.Query == "" {
			c.bad(fmt.Sprintf("details[%d]", i), "neither a group (?P<code>…) in path nor a query parameter says the product code")
		}
	}
}

func (c *profileReader) shapes(key string, list []shapeFile) []AddressShape {
	out := make([]AddressShape, 0, len(list))
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", key, i)
		c.hosts(at+".host", []HostPattern{s.Host})
		out = append(out, AddressShape{Host: s.Host, Path: c.regexp(at+".path", s.Path), Query: s.Query})
	}
	return out
}

func (c *profileReader) redirectors(p *Profile, list []redirectorFile) {
	for i, r := range list {
		at := fmt.Sprintf("redirectors[%d]", i)
		c.hosts(at+".host", []HostPattern{r.Host})
		if r.Param == "" {
			c.bad(at, "param must name the query parameter that holds the target")
		}
		p.Redirectors = append(p.Redirectors, Redirector{Host: r.Host, Path: c.regexp(at+".path", r.Path), Param: r.Param})
	}
}

func (c *profileReader) page(p *Profile, f *pageFile) {
	for i, a := range f.Areas {
		if a.Field == "" || a.Selector == "" {
			c.bad(fmt.Sprintf("page.areas[%d]", i), "field and selector are both needed")
		}
		p.Page.Areas = append(p.Page.Areas, ContentArea(a))
	}
	for i, j := range f.InlineJSON {
		if j.Field == "" || j.Selector == "" || j.Path == "" {
			c.bad(fmt.Sprintf("page.inline_json[%d]", i), "selector, path and field are all needed")
		}
		p.Page.InlineJSON = append(p.Page.InlineJSON, InlineJSON(j))
	}
	if len(p.Page.Areas) == 0 {
		c.bad("page", "areas must say where the provider's own words are")
	}
	if len(p.Page.Required) == 0 {
		c.bad("page", "required must name what every listing page has")
	}
}

func (c *profileReader) regexp(key, expr string) *regexp.Regexp {
	if expr == "" {
		c.bad(strings.TrimSuffix(key, ".path"), "path is missing")
		return nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		c.bad(key, "%v", err)
	}
	return re
}

// hosts checks that patterns are host names as weburl.URL.Host writes them, with
// wildcards as weburl.HostIs reads them.
func (c *profileReader) hosts(key string, list []HostPattern) {
	for i, h := range list {
		at := key
		if !strings.HasSuffix(key, ".host") {
			at = fmt.Sprintf("%s[%d]", key, i)
		}
		s := string(h)
		probe := strings.ReplaceAll(strings.TrimPrefix(s, "*."), "*", "x")
		u, err := weburl.Parse("https://" + probe + "/")
		if s == "" || err != nil || u.Host() != probe {
			c.bad(at, "%q is no host name in lower case (*.name for all below name)", s)
		}
	}
}

// covers reports whether every host of inner matches outer.
func covers(outer, inner HostPattern) bool {
	if below, ok := strings.CutPrefix(string(inner), "*."); ok {
		return outer == inner || weburl.HostIs("x."+below, string(outer)) && strings.HasPrefix(string(outer), "*.")
	}
	return weburl.HostIs(string(inner), string(outer))
}
