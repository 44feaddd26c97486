"""The page: takes the runtime's messages and frames, shows them in a browser, gives back what a person said there."""

from gongzhi.page.app import PageServer
from gongzhi.page.hub import Hub
from gongzhi.page.messages import Answer, Message, Press, Rearm, Stop, frame_meta, key_of

__all__ = ["Answer", "Hub", "Message", "PageServer", "Press", "Rearm", "Stop", "frame_meta", "key_of"]
