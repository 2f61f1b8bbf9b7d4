import type { Dice } from "./dice.ts";
import type { Both, Language } from "./language.ts";

interface Rule {
  readonly when: RegExp;
  readonly say: readonly Both[];
}

/** What a bot says to what it reads; the first rule that fits counts. Texts may have `{name}`, the reader's. */
const rules: readonly Rule[] = [
  {
    when: /\b(thanks|thank you|thx|cheers)\b|谢谢|多谢|感谢/i,
    say: [
      { en: "Any time!", zh: "不客气！" },
      { en: "You're welcome, {name} 🙂", zh: "别客气，{name} 🙂" },
    ],
  },
  {
    when: /offline|network|airplane|断网|离线|网络|飞行模式/i,
    say: [
      {
        en: "Try it: switch your network off, write to me, reload the page, and switch it on again. Your message waits and then arrives exactly once.",
        zh: "可以试试：断开网络，给我发条消息，刷新页面，再连上。消息会先排队，恢复后只送达一次。",
      },
    ],
  },
  {
    when: /\bgroups?\b|invite|建群|群聊|拉群|邀请/i,
    say: [
      {
        en: "Make a group and add two or three of us! Or share an invite link: it is in the group's details.",
        zh: "建个群，把我们几个拉进来吧！也可以在群资料里生成邀请链接发给别人。",
      },
    ],
  },
  {
    when: /receipt|\bread\b|tick|check ?mark|已读|回执|对勾/i,
    say: [
      {
        en: "The marks beside your message tell: sent, delivered, read. In a group, open them to see who has read it.",
        zh: "消息旁边的标记依次表示：已发送、已送达、已读。在群里点开就能看到谁读过。",
      },
    ],
  },
  {
    when: /\b(what|who)( is|'s) godwit\b|\bgodwit\b.*\?|godwit是|什么是|斑尾塍鹬/i,
    say: [
      {
        en: "Godwit is the messaging server you are on right now, named after a bird that flies 13,000 km without a stop. It runs with one command.",
        zh: "Godwit 就是你正在用的即时通讯服务器，名字取自塍鹬：一种能不停歇飞行一万三千公里的鸟。一条命令就能运行。",
      },
    ],
  },
  {
    when: /\b(are you|r u) (a )?(bot|human|real|person)|\bbots?\b|机器人|真人/i,
    say: [
      {
        en: "I'm a bot, and I don't hide it: see the end of my id. But I use the same SDK as any client would.",
        zh: "我是机器人，用户名结尾就写着呢。不过我用的是和普通客户端一样的 SDK。",
      },
    ],
  },
  {
    when: /\bbirds?\b|curlew|plover|avocet|sandpiper|鸟|鹬|鹭|鸻/i,
    say: [
      {
        en: "Birds! There are three weeks of notes in “Field notes”. Scroll up as far as you like.",
        zh: "说到鸟，“观鸟笔记”群里有三个星期的记录，随便往上翻。",
      },
      {
        en: "I saw two avocets this morning, very busy ones.",
        zh: "我早上看到两只反嘴鹬，忙得很。",
      },
    ],
  },
  {
    when: /^(hi|hello|hey|good (morning|evening|afternoon)|yo)\b|^(你好|您好|嗨|哈喽|早上好|晚上好|在吗)/i,
    say: [
      { en: "Hi {name}! How are you finding it so far?", zh: "你好，{name}！用得还习惯吗？" },
      { en: "Hello! Nice to see you here.", zh: "嗨！很高兴见到你。" },
    ],
  },
  {
    when: /\b(bye|good night|see you)\b|再见|晚安|拜拜/i,
    say: [{ en: "See you soon 👋", zh: "回头见 👋" }],
  },
  {
    when: /[?？]|吗|呢$|^(how|what|why|where|when|who|can|do|does|is|are)\b|怎么|为什么|什么|哪/i,
    say: [
      {
        en: "Good question. I only know this lagoon, but the documentation is linked on the start page.",
        zh: "问得好。我只熟悉这片泻湖，更多内容可以看首页链接的文档。",
      },
      {
        en: "Let me think … I would just try it and see. Nothing here can break.",
        zh: "让我想想……直接试试吧，这里弄不坏的。",
      },
      {
        en: "Ask me about groups, receipts or being offline!",
        zh: "可以问我群聊、已读回执或者离线的事！",
      },
    ],
  },
];

const otherwise: readonly Both[] = [
  { en: "I see! Tell me more.", zh: "明白！再说说看。" },
  { en: "Ha, nice one.", zh: "哈哈，不错。" },
  { en: "That makes sense, {name}.", zh: "有道理，{name}。" },
  { en: "Noted 📝", zh: "记下了 📝" },
  { en: "Same here.", zh: "我也是。" },
];
const wordless: readonly Both[] = [
  { en: "😄", zh: "😄" },
  { en: "👍", zh: "👍" },
  { en: "🐦", zh: "🐦" },
];

/** What to answer to a text, in the reader's language. Pure but for the dice. */
export function answerTo(text: string, language: Language, name: string, dice: Dice): string {
  const wordful = /[\p{L}\p{N}]/u.test(text);
  const say = wordful ? (rules.find(({ when }) => when.test(text))?.say ?? otherwise) : wordless;
  return dice.pick(say)[language].replaceAll("{name}", name);
}

/** Whether a text asks for something, so that more than one may want to answer. */
export const isQuestion = (text: string): boolean => /[?？]|吗\s*$/.test(text);
