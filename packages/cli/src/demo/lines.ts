import type { CastUser } from "./cast.ts";
import type { Both } from "./language.ts";

/** One line of a talk; `to` answers the line with that number, from 0. */
export interface Line {
  readonly by: CastUser;
  readonly text: string;
  readonly to?: number;
}
export type Talk = readonly Line[];

const mira = "mira-bot";
const wen = "wen-bot";
const tomas = "tomas-bot";
const lin = "lin-bot";
const otis = "otis-bot";

/** Small talk for the lounge. */
export const talks: readonly Talk[] = [
  [
    { by: tomas, text: "Low tide at 16:40 today. Who's in?" },
    { by: wen, text: "我！天气这么好，不去可惜了", to: 0 },
    { by: mira, text: "Count me in. I'll bring the spotting scope." },
    { by: otis, text: "I'll be late, as ever 🙈" },
  ],
  [
    { by: lin, text: "有人看过那部讲候鸟迁徙的纪录片吗？" },
    { by: wen, text: "看过，最后那段飞越太平洋太震撼了", to: 0 },
    { by: tomas, text: "Eleven days without landing. I can't do eleven minutes without coffee." },
    { by: mira, text: "☕ → 🐦" },
  ],
  [
    { by: otis, text: "My phone fell into the mud yesterday." },
    { by: mira, text: "Oh no. Did it survive?", to: 0 },
    { by: otis, text: "It did. And every message was still there when it came back." },
    { by: lin, text: "泥滩经典事故 😂" },
  ],
  [
    { by: wen, text: "中午吃什么？" },
    { by: lin, text: "老地方的面？", to: 0 },
    { by: tomas, text: "Did somebody say noodles? 🍜" },
    { by: wen, text: "那就十二点半门口见" },
  ],
  [
    { by: mira, text: "New ringing data is in: our godwit 7R is back in the lagoon!" },
    { by: tomas, text: "The one from last spring? Fantastic.", to: 0 },
    { by: lin, text: "太好了，它绕了地球大半圈" },
    { by: otis, text: "And I complain about my commute." },
  ],
  [
    { by: lin, text: "刚更新了观鸟地图，北堤那边多了三个观察点" },
    { by: mira, text: "Lovely work. The north dike was a blank for ages.", to: 0 },
    { by: wen, text: "周末去看看，有人一起吗？" },
    { by: tomas, text: "Saturday morning works for me.", to: 2 },
  ],
];

/** What the channel tells: tips, the newest last. */
export const news: readonly Both[] = [
  {
    en: "Welcome to the demo. Everybody here but you is a bot; they use the same SDK that your own application would.",
    zh: "欢迎体验。这里除了你都是机器人，它们使用的 SDK 和你自己的应用一样。",
  },
  {
    en: "Tip: open this page on your phone by the QR code on the start page, and write to yourself.",
    zh: "小提示：用手机扫描首页的二维码打开本页面，就能和自己聊天。",
  },
  {
    en: "Tip: switch the network off, write something, reload, switch it on. It arrives once.",
    zh: "小提示：断开网络，写点什么，刷新页面，再恢复网络。消息只会送达一次。",
  },
  {
    en: "Tip: in “Field notes” scroll up, or jump to a date. Three weeks are in there.",
    zh: "小提示：在“观鸟笔记”里往上翻，或跳到某一天。里面有三个星期的记录。",
  },
];

export const welcome = {
  direct: {
    en: "Hi {name}, welcome! I'm Mira. I've added you to a group and a channel. Write me anything: you will see when it arrives and when I have read it.",
    zh: "你好 {name}，欢迎！我是 Mira，已经把你拉进了群和频道。随便给我发点什么，你会看到它何时送达、我何时读过。",
  },
  second: {
    en: "Hello {name}, I'm Wen. I answer in English or Chinese, whichever you write in.",
    zh: "你好 {name}，我是小雯。你用中文还是英文写，我就用什么语言回。",
  },
  lounge: { en: "Everybody, say hello to {name}!", zh: "大家欢迎 {name}！" },
  waves: {
    "tomas-bot": ["👋", "Hi {name}!", "Good to have you here, {name}."],
    "lin-bot": ["欢迎欢迎～", "你好呀 {name}！", "欢迎 {name}，随便坐 🪑"],
  },
  invited: {
    en: "Thanks for the invitation! What is this group about?",
    zh: "谢谢邀请！这个群是聊什么的？",
  },
} as const;

/** Parts of the field notes; `{n}` is a number, `{bird}` and `{place}` a word of the same language. */
export const notes = {
  en: {
    birds: [
      "bar-tailed godwits",
      "curlews",
      "avocets",
      "ringed plovers",
      "dunlins",
      "oystercatchers",
      "spoonbills",
      "redshanks",
    ],
    places: [
      "the north dike",
      "the lagoon",
      "the old jetty",
      "the salt pans",
      "the reed bed",
      "channel marker 4",
    ],
    lines: [
      "{n} {bird} at {place}.",
      "{place}: {n} {bird}, all feeding.",
      "Counted {n} {bird} near {place}, and then the wind took my notes.",
      "Quiet at {place}. {n} {bird} and nobody else.",
      "Ring read at {place}: {n} metal, left leg.",
      "Can anybody confirm {bird} at {place}? I make it {n}.",
      "{n} more {bird} than yesterday.",
    ],
    replies: [
      "Confirmed.",
      "Same number here.",
      "Beautiful light for it, too.",
      "I got {n}, close enough.",
      "Photo?",
      "Added to the sheet 👍",
      "Wind from the north-west, {n} knots.",
    ],
  },
  zh: {
    birds: ["斑尾塍鹬", "白腰杓鹬", "反嘴鹬", "环颈鸻", "黑腹滨鹬", "蛎鹬", "黑脸琵鹭", "红脚鹬"],
    places: ["北堤", "泻湖", "旧码头", "盐田", "芦苇荡", "四号航标"],
    lines: [
      "{place}：{bird} {n} 只。",
      "刚在{place}数到 {n} 只{bird}，都在觅食。",
      "{place}今天风大，只看到 {n} 只{bird}。",
      "谁在{place}附近？帮忙确认一下{bird}的数量，我数的是 {n}。",
      "{bird}比昨天多了 {n} 只。",
      "{place}读到一个环志，编号尾数 {n}。",
    ],
    replies: [
      "确认。",
      "我这边也差不多。",
      "已记到表里 👍",
      "光线真好。",
      "有照片吗？",
      "我数到 {n}，误差不大。",
    ],
  },
} as const;
