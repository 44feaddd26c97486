"""`gongzhi run FOLDER`: starts a project and everything it needs, and ends all of it together."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from gongzhi.cli.output import print_json, say
from gongzhi.text import N_, tr

Camera = Annotated[
    str | None,
    typer.Option(help="synthetic | none | 0, 1 … | 视频、图片或文件夹 / a video, a picture or a folder of pictures"),
]
Broker = Annotated[str | None, typer.Option(help="外部消息服务器 / an external broker: mqtt://user:password@host:1883")]
Body = Annotated[str, typer.Option(help="虚拟板的身体 / body of the virtual board: auto | vm | cpython")]
Host = Annotated[str, typer.Option(help="页面的地址 / address of the page")]
Port = Annotated[int, typer.Option(help="页面的端口 / port of the page")]
Headless = Annotated[bool, typer.Option(help="没有页面，由脚本回答 / no page, a script answers")]
Seconds = Annotated[float | None, typer.Option(min=0.1, help="运行多少秒 / how long to run")]
Json = Annotated[bool, typer.Option("--json", help="结束时输出一行 JSON / one line of JSON at the end")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="打开浏览器 / open a browser")]
Journal = Annotated[Path | None, typer.Option(help="记录写到哪里 / where the journal is written")]
Boards = Annotated[
    str, typer.Option(help="板子：虚拟、真实或自动 / boards: virtual | real | auto (real where one is there)")
]
Room = Annotated[bool, typer.Option(help="让房间里的真板子从 Wi-Fi 加入 / let the boards of the room join by Wi-Fi")]
Script = Annotated[
    str | None,
    typer.Option(
        help="自己演一遍并检查，如 demo / play and check the project's own script, such as demo (docs/scripts.md)"
    ),
]


def run(
    folder: Annotated[Path, typer.Argument(help="有 project.toml 的文件夹 / the folder with project.toml")],
    camera: Camera = None,
    broker: Broker = None,
    body: Body = "auto",
    host: Host = "127.0.0.1",
    port: Port = 8016,
    journal: Journal = None,
    headless: Headless = False,
    seconds: Seconds = None,
    json: Json = False,
    browser: Browser = True,
    script: Script = None,
    boards: Boards = "auto",
    room: Room = False,
) -> None:
    """Run a project until Ctrl-C, the end of its video file, or --seconds."""
    start(
        folder, camera=camera or "", broker=broker, body=body, host=host, port=port, journal=journal,
        headless=headless, seconds=seconds, json=json, browser=browser, script=script,
        boards=boards, room=room,
    )  # fmt: skip


def start(folder: Path, *, json: bool, **options: Any) -> None:
    """Run the project with these options (see runtime.Options) and print its figures if `json`."""
    from gongzhi.runtime.options import Options
    from gongzhi.runtime.runtime import Runtime

    runtime = Runtime(Options(folder=folder, **options))

    async def whole() -> None:
        task = asyncio.current_task()
        assert task is not None
        if os.name != "nt":
            # A service manager's stop and a closed terminal are as good an end as Ctrl-C, also during the start.
            for one in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(one, lambda: task.cancelling() or task.cancel())
        await runtime.run()

    try:
        asyncio.run(whole())
    except asyncio.CancelledError:
        pass
    except KeyboardInterrupt:
        say(tr(N_("Ended by Ctrl-C.")))
    played = runtime.rehearsal.outcome if runtime.rehearsal else None
    if json:
        print_json(runtime.stats.result() | ({"script": played.result()} if played else {}))
    if played and played.fault:
        raise played.fault
