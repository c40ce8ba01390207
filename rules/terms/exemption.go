package terms

import (
	"fmt"
	"regexp"

	"marketwarden/internal/record"
)

// Exemption is why words that look like a fault are none, or, with evidence patterns, what
// would make them none if somebody proves it.
type Exemption struct {
	ID    string      // stable, such as GOAL
	Basis record.Text // what it rests on
}

// Exemptions of patterns that name none.
const (
	notMeant      = "NOT_MEANT"
	needsEvidence = "NEEDS_EVIDENCE"
)

// exemptions are those that every term file may name, by id. "Guide" is the market
// regulator's guide of 2023 on superlatives in advertising.
func exemptions() map[string]record.Text {
	return map[string]record.Text{
		"ATTITUDE":        {ZH: "绝对化用语执法指南第五条（一）：只表明服务态度、经营理念或企业文化", EN: "guide on superlatives, art. 5(1): tells of an attitude or a culture only"},
		"GOAL":            {ZH: "绝对化用语执法指南第五条（二）：只表达目标或追求", EN: "guide on superlatives, art. 5(2): tells of a goal only"},
		"NOT_TARGETING":   {ZH: "绝对化用语执法指南第五条（三）：所指与商品的性能、质量无直接关联", EN: "guide on superlatives, art. 5(3): does not point at what the offer can do"},
		"SELF_COMPARE":    {ZH: "绝对化用语执法指南第六条（一）：同一品牌或企业内部的自我比较", EN: "guide on superlatives, art. 6(1): compares within one brand or company"},
		"USAGE_HINT":      {ZH: "绝对化用语执法指南第六条（二）：使用方法、时间等提示", EN: "guide on superlatives, art. 6(2): tells how or when to use it"},
		"STANDARD_GRADE":  {ZH: "绝对化用语执法指南第六条（三）：标准规定的分级用语，须能证明依据", EN: "guide on superlatives, art. 6(3): a grade of a standard, which needs proof"},
		"NAME_MODEL":      {ZH: "绝对化用语执法指南第六条（四）：商品名称、规格型号、商标或作品名", EN: "guide on superlatives, art. 6(4): a name, a model or a mark"},
		"AWARD":           {ZH: "绝对化用语执法指南第六条（五）：依规定评定的奖项、称号，须能证明", EN: "guide on superlatives, art. 6(5): an award or a title, which needs proof"},
		"TIME_PLACE_FACT": {ZH: "绝对化用语执法指南第六条（六）：限定了时间、地点的事实，须能证明", EN: "guide on superlatives, art. 6(6): a fact with time and place, which needs proof"},
		"CITED_SOURCE":    {ZH: "广告法第十一条：引用的数据、调查结果须真实并有出处", EN: "Advertising Law, art. 11: data of others must be true and have a source"},
		"CERTIFIED":       {ZH: "提到认证、检测或资质，须能证明", EN: "names a certificate or a test, which needs proof"},
		"NEGATION":        {ZH: "否定句：没有作出该宣称", EN: "a negation: nothing is claimed"},
		"QUESTION":        {ZH: "疑问句：没有作出该宣称", EN: "a question: nothing is claimed"},
		"SUPPOSITION":     {ZH: "假设句：没有作出该宣称", EN: "a supposition: nothing is claimed"},
		"QUOTE_LAW":       {ZH: "引述法规或讨论用语本身", EN: "quotes the law or speaks about the words"},
		"SOUGHT":          {ZH: "说的是用户要找、要比较的对象", EN: "tells what a user looks for or compares"},
		"OTHERS":          {ZH: "说的是他人，不是所售商品", EN: "tells of others, not of the offer"},
		"FUNCTION":        {ZH: "描述产品的功能", EN: "tells what the product does"},
		"WARNING":         {ZH: "提醒买家防范", EN: "warns buyers"},
		notMeant:          {ZH: "该词语在此处另有所指", EN: "the words mean something else here"},
		needsEvidence:     {ZH: "文中提到了依据，须能证明", EN: "names a proof, which must be shown"},
	}
}

// exemptionForm is the form of ids of exemptions.
var exemptionForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,39}$`)

// exemptions are those that patterns of the file may name: the ones of every file and its
// own.
func (f *file) exemptions() (map[string]record.Text, error) {
	all := exemptions()
	for id, basis := range f.Exemptions {
		switch {
		case !exemptionForm.MatchString(id):
			return nil, fmt.Errorf("exemption %q is not made of capitals, digits and underscores", id)
		case basis.ZH == "" || basis.EN == "":
			return nil, fmt.Errorf("exemption %s: has no basis in both languages", id)
		case !all[id].IsZero():
			return nil, fmt.Errorf("exemption %s: every file has it; name it without saying what it is", id)
		}
		all[id] = record.Text{ZH: basis.ZH, EN: basis.EN}
	}
	return all, nil
}
