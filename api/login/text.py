"""Words of the login page, Chinese first; the keys are the same in both languages (tested)."""

from api.pages.text import Language

LOGIN_TEXT: dict[Language, dict[str, str]] = {
    "zh": {
        "title": "登录 · 隔油池监管",
        "name": "用户名",
        "password": "密码",
        "log_in": "登录",
        "oidc": "使用统一身份认证登录",
        "refused": "用户名或密码不正确。",
        "wait": "尝试次数过多，请稍后再试。",
        "oidc_refused": "统一身份认证未通过。",
        "other_language": "English",
    },
    "en": {
        "title": "Log in · Grease traps",
        "name": "Name",
        "password": "Password",
        "log_in": "Log in",
        "oidc": "Log in with your organisation's account",
        "refused": "Name or password is not right.",
        "wait": "Too many attempts. Please try again later.",
        "oidc_refused": "Your organisation's account was not accepted.",
        "other_language": "中文",
    },
}
