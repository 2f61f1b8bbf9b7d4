/** Emoji in common use, with the words that people look for them by: English before the bar, Chinese behind it. */

export type EmojiGroup = "faces" | "gestures" | "hearts" | "nature" | "food" | "things";

export interface Emoji {
  readonly emoji: string;
  /** The first of its names in the reader's language is what screen readers say. */
  readonly english: readonly string[];
  readonly chinese: readonly string[];
}

const table: Readonly<Record<EmojiGroup, string>> = {
  faces: `
😀 grin, happy, smile | 笑脸, 开心
😃 big smile, happy | 大笑, 高兴
😄 smiling eyes, happy | 眉开眼笑
😁 beaming, teeth | 嘻嘻, 露齿笑
😆 laughing | 哈哈
😅 nervous laugh, sweat | 苦笑, 汗
🤣 rolling on the floor, rofl | 笑翻, 打滚
😂 tears of joy, lol | 笑哭
🙂 slight smile | 微笑
🙃 upside down | 倒脸, 无奈
😉 wink | 眨眼
😊 blush, pleased | 害羞笑, 满意
😇 angel, halo | 天使
🥰 in love, hearts | 喜爱
😍 heart eyes, love | 花痴, 爱心眼
🤩 star struck, wow | 追星, 好激动
😘 kiss | 飞吻, 亲亲
😋 yum, delicious | 好吃, 馋
😛 tongue | 吐舌
😜 winking tongue, joke | 调皮
🤪 zany, crazy | 搞怪
🤗 hug | 抱抱
🤭 giggle, oops | 偷笑
🤫 quiet, shush | 嘘, 安静
🤔 thinking, hmm | 思考, 想一想
🤐 zipper mouth | 闭嘴
🤨 raised eyebrow, doubt | 怀疑
😐 neutral | 面无表情
😑 expressionless | 无语
😶 no mouth, speechless | 沉默
😏 smirk | 得意, 坏笑
😒 unamused | 不高兴
🙄 eye roll | 白眼
😬 grimace, awkward | 尴尬
😌 relieved | 松口气
😔 pensive, sad | 失落
😪 sleepy | 困
🤤 drool | 流口水
😴 sleeping, zzz | 睡觉
😷 mask, ill | 口罩, 生病
🤒 fever | 发烧
🤢 nausea | 恶心
🤧 sneeze, cold | 感冒, 打喷嚏
🥵 hot | 好热
🥶 cold, freezing | 好冷
🥴 woozy | 晕乎
😵 dizzy | 晕
🤯 mind blown | 震惊, 脑袋爆炸
🤠 cowboy | 牛仔
🥳 party, celebrate | 庆祝, 派对
😎 cool, sunglasses | 酷, 墨镜
🤓 nerd | 书呆子
🧐 monocle, inspect | 单片眼镜, 观察
😕 confused | 困惑
😟 worried | 担心
🙁 frown | 不开心
😮 open mouth, surprised | 惊讶
😲 astonished | 震惊
😳 flushed, embarrassed | 脸红
🥺 pleading, please | 求求, 可怜
😢 crying, tear | 流泪
😭 sobbing, cry | 大哭
😱 scream, horror | 尖叫, 害怕
😖 confounded | 纠结
😞 disappointed | 失望
😩 weary | 疲惫
😤 huff, triumph | 哼, 生气
😡 angry, rage | 愤怒
🤬 swearing | 骂人
😈 devil | 恶魔
💀 skull, dead | 骷髅, 笑死
💩 poo | 便便
🤡 clown | 小丑
👻 ghost | 幽灵
👽 alien | 外星人
🤖 robot, bot | 机器人
😺 cat smile | 猫笑
🙈 see no evil, monkey | 不看, 猴子
🙉 hear no evil | 不听
🙊 speak no evil | 不说`,
  gestures: `
👍 thumbs up, yes, good | 赞, 好的
👎 thumbs down, no, bad | 踩, 不好
👌 ok, perfect | 好, 没问题
✌️ victory, peace | 耶, 胜利
🤞 fingers crossed, luck | 祈祷好运
🤟 love you | 爱你手势
🤙 call me | 打电话
👈 left | 左边
👉 right | 右边
👆 up | 上面
👇 down | 下面
☝️ one, attention | 注意
✋ hand, stop, high five | 停, 击掌
👋 wave, hello, bye | 挥手, 你好, 再见
👏 clap, applause | 鼓掌
🙌 hooray, raised hands | 太好了, 举手
🫶 heart hands | 比心
🤝 handshake, deal | 握手
🙏 thanks, pray, please | 谢谢, 拜托, 祈祷
💪 strong, muscle | 加油, 肌肉
✍️ writing | 写字
🤷 shrug | 耸肩
🤦 facepalm | 捂脸
🙋 raise hand, question | 举手提问
🙇 bow, sorry | 鞠躬, 抱歉
💃 dance | 跳舞
🏃 run | 跑步
🧑‍💻 developer, computer | 程序员, 电脑
👶 baby | 宝宝
👀 eyes, look | 眼睛, 围观
🧠 brain | 大脑`,
  hearts: `
❤️ heart, love | 爱心, 红心
🧡 orange heart | 橙心
💛 yellow heart | 黄心
💚 green heart | 绿心
💙 blue heart | 蓝心
💜 purple heart | 紫心
🖤 black heart | 黑心
🤍 white heart | 白心
💔 broken heart | 心碎
💕 two hearts | 两颗心
💖 sparkling heart | 闪亮的心
💯 hundred, perfect | 满分
💢 anger | 生气符号
💥 boom, collision | 爆炸
💫 dizzy star | 星星打转
💦 sweat drops, water | 水滴
💤 zzz, sleep | 睡着
✅ check, done | 完成, 对勾
❌ cross, wrong | 错误, 叉
❓ question | 问号
❗ exclamation | 感叹号
⚠️ warning | 警告
🚫 forbidden | 禁止
🔥 fire, hot | 火, 厉害
✨ sparkles | 闪闪
⭐ star | 星星
🎉 party, tada, congratulations | 撒花, 庆祝, 恭喜
🎊 confetti | 彩球
➕ plus | 加
🔴 red circle | 红圈
🟢 green circle | 绿圈
🔵 blue circle | 蓝圈`,
  nature: `
🐶 dog | 狗
🐱 cat | 猫
🐭 mouse | 老鼠
🐰 rabbit | 兔子
🦊 fox | 狐狸
🐻 bear | 熊
🐼 panda | 熊猫
🐯 tiger | 老虎
🦁 lion | 狮子
🐮 cow | 牛
🐷 pig | 猪
🐸 frog | 青蛙
🐵 monkey | 猴子
🐔 chicken | 鸡
🐧 penguin | 企鹅
🐦 bird | 鸟
🦆 duck | 鸭子
🦉 owl | 猫头鹰
🐴 horse | 马
🦄 unicorn | 独角兽
🐝 bee | 蜜蜂
🦋 butterfly | 蝴蝶
🐌 snail | 蜗牛
🐢 turtle | 乌龟
🐍 snake | 蛇
🐲 dragon | 龙
🐙 octopus | 章鱼
🐟 fish | 鱼
🐬 dolphin | 海豚
🐳 whale | 鲸鱼
🌵 cactus | 仙人掌
🌲 tree | 树
🍀 clover, luck | 四叶草, 幸运
🌹 rose | 玫瑰
🌸 cherry blossom | 樱花
🌻 sunflower | 向日葵
☀️ sun | 太阳
🌙 moon | 月亮
☁️ cloud | 云
🌧️ rain | 下雨
⛈️ storm | 雷雨
❄️ snow | 雪花
🌈 rainbow | 彩虹
🌊 wave, sea | 海浪
⚡ lightning | 闪电`,
  food: `
🍎 apple | 苹果
🍊 orange | 橘子
🍋 lemon | 柠檬
🍌 banana | 香蕉
🍉 watermelon | 西瓜, 吃瓜
🍇 grapes | 葡萄
🍓 strawberry | 草莓
🍑 peach | 桃子
🍍 pineapple | 菠萝
🥑 avocado | 牛油果
🍅 tomato | 番茄
🌽 corn | 玉米
🌶️ chili, spicy | 辣椒
🍞 bread | 面包
🧀 cheese | 奶酪
🍳 egg | 煎蛋
🍔 burger | 汉堡
🍟 fries | 薯条
🍕 pizza | 披萨
🌮 taco | 卷饼
🍜 noodles, ramen | 面条
🍚 rice | 米饭
🍣 sushi | 寿司
🥟 dumpling | 饺子
🍲 hot pot, stew | 火锅
🍗 chicken leg | 鸡腿
🍦 ice cream | 冰淇淋
🍰 cake | 蛋糕
🎂 birthday cake | 生日蛋糕
🍪 cookie | 饼干
🍫 chocolate | 巧克力
🍿 popcorn | 爆米花
☕ coffee | 咖啡
🍵 tea | 茶
🧋 bubble tea | 奶茶
🍺 beer | 啤酒
🍻 cheers, beers | 干杯
🍷 wine | 红酒`,
  things: `
⚽ football, soccer | 足球
🏀 basketball | 篮球
🏓 table tennis | 乒乓球
🏸 badminton | 羽毛球
🎮 game | 游戏
🎲 dice | 骰子
🎵 music, note | 音乐
🎸 guitar | 吉他
🎤 microphone, sing | 唱歌, 麦克风
🎬 film | 电影
📷 camera, photo | 相机, 照片
🎁 gift, present | 礼物
🧧 red envelope | 红包
🏆 trophy, win | 奖杯
🥇 gold medal, first | 金牌, 第一
🚗 car | 汽车
🚌 bus | 公交车
🚲 bicycle | 自行车
🚄 train | 高铁, 火车
✈️ plane, travel | 飞机, 旅行
🚀 rocket, launch | 火箭
🏠 home, house | 家
🏢 office | 公司
🏥 hospital | 医院
🏖️ beach | 海滩
⛰️ mountain | 山
🌍 world, earth | 地球
⌚ watch | 手表
📱 phone | 手机
💻 laptop, computer | 电脑
💡 idea, bulb | 主意, 灯泡
🔋 battery | 电池
🔑 key | 钥匙
🔒 lock | 锁
🔔 bell | 铃
📌 pin | 图钉
📎 paperclip | 回形针
📅 calendar, date | 日历
📈 chart up | 上涨
📉 chart down | 下跌
📝 note, memo | 笔记
📚 books, study | 书, 学习
✉️ mail, letter | 信
📦 package, parcel | 快递, 包裹
💰 money | 钱
🛒 shopping | 购物
🔧 wrench, fix | 扳手, 修理
🐛 bug | 虫子, 漏洞
⏰ alarm, time | 闹钟, 时间
⏳ hourglass, wait | 沙漏, 等待
💊 pill | 药
🎈 balloon | 气球
🇨🇳 china, flag | 中国, 国旗
🏳️‍🌈 rainbow flag | 彩虹旗
🏁 finish, flag | 终点`,
};

function words(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
}

function parse(lines: string): Emoji[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [named = "", chinese] = line.split("|");
      const gap = named.indexOf(" ");
      return {
        emoji: named.slice(0, gap),
        english: words(named.slice(gap)),
        chinese: words(chinese),
      };
    });
}

export const emojiGroups: readonly {
  readonly group: EmojiGroup;
  readonly emoji: readonly Emoji[];
}[] = (["faces", "gestures", "hearts", "nature", "food", "things"] as const).map((group) => ({
  group,
  emoji: parse(table[group]),
}));

/** Those with a name that has the words looked for, in either language; names that begin so come first. All if nothing is looked for. */
export function searchEmoji(query: string): Emoji[] {
  const wanted = query.trim().toLowerCase();
  const all = emojiGroups.flatMap(({ emoji }) => emoji);
  if (wanted === "") return all;
  const found = all.flatMap((emoji) => {
    const names = [...emoji.english, ...emoji.chinese];
    if (emoji.emoji === wanted || names.includes(wanted)) return [{ emoji, rank: 0 }];
    if (names.some((name) => name.startsWith(wanted))) return [{ emoji, rank: 1 }];
    return names.some((name) => name.includes(wanted)) ? [{ emoji, rank: 2 }] : [];
  });
  return found.toSorted((one, other) => one.rank - other.rank).map(({ emoji }) => emoji);
}
