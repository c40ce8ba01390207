package terms

import (
	"strings"
	"unicode/utf8"
)

// variants are pairs of a character and the simplified one that is meant by it:
// traditional and variant forms, as far as simplified text has no use for them (it has for
// 著 in 著作权, for 乾 in 乾坤), and characters that are used for 最 because they sound or
// look like it. Both of a pair have the same length in UTF-8, so that offsets hold.
const variants = "優优級级業业國国內内領领獨独門门頂顶極极佈布無无與与對对絕绝壞坏證证險险賺赚賠赔價价質质術术務务產产個个種种進进強强專专權权實实費费購购買买賣卖續续線线" +
	"聯联繫系係系電电話话號号掃扫碼码陸陆轉转帳账賬账戶户銀银滿满擇择選选開开關关創创軍军銷销終终遠远遙遥復复複复數数據据類类歲岁為为爲为們们會会過过達达難难" +
	"萬万億亿靈灵體体驗验應应該该將将時时間间問问題题動动態态員员團团隊队師师報报獎奖獲获認认証证統统計计劃划標标準准簡简單单總总經经濟济營营運运維维護护衛卫" +
	"訊讯雲云網网絡络點点處处機机構构辦办風风臺台盡尽補补潰溃斷断丟丢誤误論论歡欢暢畅確确贏赢穩稳識识廠厂導导龍龙頭头雙双壓压場场環环節节軟软設设備备資资訂订" +
	"請请約约聲声譽誉損损傷伤檔档庫库圖图雜杂異异薦荐廣广豐丰齊齐響响鏡镜騰腾華华馬马遜逊東东遷迁議议勝胜騙骗鍵键傳传遊游賭赌彈弹藥药槍枪竊窃聽听視视製制偽伪" +
	"冊册牆墙學学擊击殺杀貶贬競竞鑽钻戰战夥伙輔辅釣钓魚鱼絲丝兩两嚴严麗丽舉举義义樂乐習习鄉乡書书亂乱爭争虧亏亞亚親亲僅仅從从侖仑倉仓儀仪眾众衆众傘伞倫伦俠侠" +
	"侶侣偵侦側侧債债傾倾償偿儲储兌兑蘭兰興兴養养獸兽寫写農农衝冲沖冲決决況况凍冻淨净減减湊凑鳳凤憑凭劉刘則则剛刚刪删別别劑剂劍剑剝剥劇剧勸劝勵励勁劲勞劳勢势" +
	"勻匀區区醫医協协廳厅歷历曆历厲厉厭厌廚厨縣县叄叁參参發发髮发變变疊叠葉叶嘆叹歎叹嚇吓嗎吗啟启啓启啞哑嘩哗譁哗噴喷噓嘘圍围園园塊块堅坚壇坛罈坛壟垄壘垒墊垫" +
	"殼壳夠够奪夺奮奋奧奥婦妇媽妈娛娱寶宝寵宠審审寬宽賓宾尋寻爾尔塵尘嘗尝嚐尝層层屆届屬属屢屡崗岗嵐岚島岛峽峡巔巅幣币幟帜帶带幫帮慶庆龐庞廢废棄弃張张歸归當当" +
	"噹当錄录徹彻徑径逕径憂忧戀恋恆恒惡恶噁恶惱恼懸悬懼惧慘惨慣惯懶懒戲戏戯戏執执擴扩揚扬拋抛摳抠搶抢擔担擬拟揀拣擁拥攔拦撥拨摯挚擋挡揮挥換换攜携攝摄擺摆搖摇" +
	"攤摊撐撑敵敌斬斩舊旧曠旷顯显曉晓暈晕暫暂曖暧條条來来樞枢棧栈欄栏樹树樣样橋桥樁桩夢梦檢检樓楼檻槛櫥橱歐欧殘残毀毁畢毕斃毙匯汇彙汇漢汉湯汤溝沟沒没滬沪淚泪" +
	"測测瀏浏濤涛潤润澗涧漲涨澀涩漬渍漁渔滲渗溫温灣湾濕湿溼湿滾滚濾滤濫滥潛潜瀾澜燈灯災灾爐炉爛烂煙烟菸烟煩烦燒烧熱热愛爱爺爷狀状獅狮獵猎豬猪貓猫獻献璣玑現现" +
	"瑣琐畫画療疗瘡疮瘋疯瘓痪癱瘫癬癣皺皱監监蓋盖盜盗盤盘睞睐瞞瞒礦矿磚砖礎础碩硕礙碍禮礼禍祸禪禅積积稱称穢秽稅税窩窝窺窥筆笔篩筛籌筹簽签籤签糧粮緊紧紅红紀纪" +
	"紜纭純纯納纳紛纷紙纸紋纹紡纺紐纽練练組组細细織织絀绌紹绍綁绑絨绒結结繞绕繪绘給给絢绚繼继績绩綜综綻绽綠绿緝缉緩缓締缔編编緣缘縫缝縮缩繳缴羅罗罰罚罷罢翹翘" +
	"職职聰聪膚肤腎肾腫肿脅胁膽胆脈脉腦脑腳脚脫脱臉脸膩腻輿舆艦舰艷艳豔艳藝艺蘇苏榮荣萊莱鶯莺蘿萝螢萤薩萨藍蓝慮虑虛虚蝸蜗蟬蝉銜衔襲袭裝装裏里裡里褲裤見见觀观" +
	"規规覽览覺觉討讨讓让訓训記记講讲許许訛讹訟讼諷讽訪访評评詐诈訴诉診诊詆诋詞词譯译試试詩诗誠诚誅诛詬诟詢询詳详語语誘诱說说説说諸诸諾诺讀读課课諉诿誰谁調调" +
	"諒谅談谈謊谎諧谐謂谓謎谜謝谢謹谨謬谬譜谱貝贝負负貢贡財财責责敗败貨货販贩貧贫貳贰貼贴貴贵貸贷貿贸賀贺賊贼賃赁贓赃賦赋贖赎賞赏賴赖贅赘賽赛讚赞贊赞贈赠趨趋" +
	"躍跃踐践躋跻蹤踪車车軌轨輪轮轟轰軸轴輕轻載载較较輒辄輛辆輯辑輸输轄辖轍辙辭辞辯辩邊边邁迈還还這这違违連连遲迟跡迹蹟迹遞递遺遗郵邮鄰邻鄭郑釋释鑒鉴鑑鉴針针" +
	"釘钉鉅钜鈍钝鈔钞鐘钟鍾钟鋼钢鑰钥欽钦鈕钮錢钱鐵铁鉑铂鉛铅銅铜鋁铝銨铵鋪铺舖铺鏈链鎖锁鍋锅鏽锈銹锈鋒锋銳锐錯错錫锡錘锤鎮镇長长閃闪閉闭閒闲閑闲閘闸鬧闹聞闻" +
	"閱阅閾阈閹阉陰阴陣阵階阶際际陳陈隨随隱隐隸隶雛雏霧雾靚靓靜静頁页項项順顺須须鬚须顧顾頓顿頒颁預预頸颈頻频穎颖顆颗顏颜額额顛颠顫颤飄飘飆飙飛飞飯饭飲饮飽饱" +
	"飼饲餅饼餓饿館馆舘馆饋馈馳驰驅驱駁驳駛驶駐驻駕驾驛驿罵骂騎骑騷骚驟骤魯鲁鯤鲲鰲鳌鳥鸟雞鸡鷄鸡鴉鸦鴨鸭鴻鸿鵝鹅鵬鹏鷹鹰麥麦黃黄齒齿齡龄龜龟註注採采僱雇週周" +
	"祕秘洩泄託托掛挂捲卷後后幾几幹干鬆松麵面穀谷餘余於于並并併并隻只祇只衹只剋克願愿慾欲迴回範范蟲虫鬥斗鬪斗傢家誇夸築筑擾扰撲扑摺折嚮向癡痴姦奸倖幸儘尽蹺跷" +
	"牀床盃杯傑杰洶汹潔洁灑洒纔才錶表檯台颱台薑姜鍊炼煉炼蠟蜡醜丑鹹咸鹼碱鬱郁禦御麼么莊庄捨舍蘊蕴櫃柜適适嶽岳嶺岭揹背佔占傭佣閤合閣阁囉啰嚥咽誌志鑿凿虜虏溈沩" +
	"喫吃闆板闖闯鐮镰蓆席籲吁憐怜懷怀驚惊氣气塗涂曬晒離离羣群腸肠濛蒙穫获襪袜臟脏髒脏燬毁譭毁壯壮壺壶妝妆孫孙寧宁屍尸崑昆崙仑廟庙彎弯懇恳擠挤擱搁攪搅攏拢昇升" +
	"暉晖滅灭灘滩瀉泻烏乌煥焕熒荧爍烁犧牺瑪玛瓊琼畝亩痲麻眞真睏困砲炮硃朱稈秆穌稣窮穷竄窜簾帘籃篮籠笼糾纠紮扎紗纱絃弦綱纲綫线緒绪縱纵繡绣繩绳纖纤纜缆聖圣肅肃" +
	"膠胶臨临蔥葱蔔卜蝦虾螞蚂覓觅觸触詭诡謀谋謠谣豈岂貫贯賄贿賈贾賤贱軒轩輩辈轎轿遼辽鄧邓醬酱釀酿鈉钠鈴铃銘铭鋸锯錦锦鍛锻鏟铲鑄铸閩闽闊阔陽阳雖虽韓韩頗颇飾饰" +
	"鮮鲜鳴鸣綑捆癥症" +
	"蕞最朂最㝡最冣最"

// simple has the simplified character of each ideograph of variants, by its distance from
// firstHan; 0 elsewhere. A table, because every character of every page is looked up.
var simple = func() (t [lastHan - firstHan + 1]uint16) { //nolint:gochecknoglobals // a constant table, never changed
	for s := variants; s != ""; {
		from, n := utf8.DecodeRuneInString(s)
		to, k := utf8.DecodeRuneInString(s[n:])
		if from != to {
			t[from-firstHan] = uint16(to)
		}
		s = s[n+k:]
	}
	return t
}()

// simplify is the simplified character of r, r where there is no other.
func simplify(r rune) rune {
	if isHan(r) && simple[r-firstHan] != 0 {
		return rune(simple[r-firstHan])
	}
	return r
}

// simplified is s with the characters of variants as the simplified ones, of the same
// length.
func simplified(s string) string {
	for _, r := range s {
		if simplify(r) != r {
			return strings.Map(simplify, s)
		}
	}
	return s
}

// The ideographs of the two blocks that texts are written in.
const (
	firstHan = 0x3400
	lastHan  = 0x9FFF
)

// isHan reports whether r is one of them.
func isHan(r rune) bool { return firstHan <= r && r <= lastHan }
