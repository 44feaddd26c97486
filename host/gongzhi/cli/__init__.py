"""Takes the command line, gives each verb what it asks for; an error a user can act on ends it with its words."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gongzhi import __version__, text
from gongzhi.cli import (
    autostart,
    bench,
    board,
    broker,
    challenge,
    data,
    demo,
    evaluate,
    explain,
    gateway,
    journal,
    models,
    new,
    pack,
    replay,
    room,
    run,
    teach,
    train,
)
from gongzhi.cli.output import say
from gongzhi.errors import ConfigError, GongzhiError
from gongzhi.text import N_

app = typer.Typer(
    help="共智：你动，机器猜，你说了算。 Gongzhi: you move, the machine guesses, you decide.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(help="不用任何硬件，一条命令看全部。 The whole loop with one command, without any hardware.")(demo.demo)
app.command(help="运行一个项目。 Run a project.")(run.run)
app.command(help="让作品随电脑启动；--off 取消。 Start a project with the computer.")(autostart.autostart)
app.command(help="从模板开始一个作品。 Begin a project with a template.")(new.new)
app.command(help="停下整间教室的全部板子和作品。 Stop a whole room.")(room.stop)
app.command(help="单独运行消息服务器。 Run the message broker alone.")(broker.broker)
app.command(help="让 USB 上的板子接入消息服务器。 Boards on USB take part.")(gateway.gateway)
app.command(help="用记录解释一个决定。 Explain one decision from the journal.")(explain.explain)
app.command(
    help="把记录重读一遍：每个决定的结局，链是否完整。 Read a journal again: every end, and whether the chain holds."
)(replay.replay)
app.add_typer(journal.app, name="journal", help="记录：列出、检查、统计、导出、清除、标注、报告。 The journal.")
app.add_typer(models.app, name="models", help="姿态模型：下载、查看。 Pose models: fetch, list.")
app.add_typer(board.app, name="board", help="板子：写固件、设置、引脚、接线图。 Boards: flash, set up, pins, wiring.")
app.add_typer(data.app, name="data", help="数据集：录制、导入、查看。 Data sets: record, import, show.")
app.command(help="训练自己的模型。 Train a model of your own.")(train.train)
app.add_typer(
    teach.app, name="teach", help="教模型：隔离区、量一量、生效、退回。 Teach a model: quarantine to version."
)
app.command(help="用数据检验模型。 Test a model on data.")(evaluate.evaluate)
app.add_typer(challenge.app, name="challenge", help="挑战赛：出题、交作品、计分、榜单。 A contest between models.")
app.add_typer(room.app, name="room", help="整间教室：老师的页面、一起停、证书。 A whole room.")
app.add_typer(pack.app, name="pack", help="动作包：查看、由老师的录制做一个。 Packs of movements.")
app.add_typer(bench.app, name="bench", help="测量这台机器。 Measure this machine.")


@app.callback(invoke_without_command=True)
def _common(
    context: typer.Context,
    lang: Annotated[str | None, typer.Option(help="zh | en")] = None,
    version: Annotated[bool, typer.Option("--version", help="版本 / version")] = False,
) -> None:
    if lang:
        if lang not in text.LANGUAGES:
            raise ConfigError(
                N_("There is no language “{value}”."), N_("Possible: {known}."), value=lang, known="zh, en"
            )
        text.choose(lang)
    if version:
        typer.echo(f"gongzhi {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line; exit status 0 done (a run that Ctrl-C ended is done), 2 an error the user can act
    on, 130 broken off by Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console of another code page must not turn Chinese into a crash.
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8", errors="replace")
    try:
        app(prog_name="gongzhi")  # also where python -m started it
    except GongzhiError as error:
        say(str(error), "bold red")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
