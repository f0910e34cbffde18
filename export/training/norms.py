"""Batch norms for a net whose own ones were folded away: put back for training, folded again before it is served."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_Old = TypeVar("_Old", bound=nn.Module)


class Normed(nn.Sequential):
    """A convolution and its batch norm."""

    def __init__(self, convolution: nn.Conv2d, outputs: Tensor) -> None:
        """`outputs` (n, channels, h, w): what the convolution gave for a batch; the norm starts by changing nothing."""
        norm = nn.BatchNorm2d(convolution.out_channels)
        variance, mean = torch.var_mean(outputs.float(), (0, 2, 3))
        with torch.no_grad():
            norm.running_mean, norm.running_var = mean, variance
            norm.bias.copy_(mean)
            norm.weight.copy_((variance + norm.eps).sqrt())
        super().__init__(convolution, norm)


def add_norms(net: nn.Module, below: nn.Module, batch: Tensor) -> None:
    """A norm behind each convolution of `below`, a part of `net`, with the statistics of a batch that `net` takes."""
    seen: dict[nn.Module, Tensor] = {}
    convolutions = [module for module in below.modules() if isinstance(module, nn.Conv2d)]
    hooks = [c.register_forward_hook(lambda c, _, found: seen.update({c: found})) for c in convolutions]
    with torch.no_grad():
        net.eval()(batch)
    for hook in hooks:
        hook.remove()
    _replace(below, nn.Conv2d, lambda convolution: Normed(convolution, seen[convolution]))


def fold_norms(net: nn.Module) -> None:
    """The same answers without the norms."""
    net.eval()
    _replace(net, Normed, lambda normed: fuse_conv_bn_eval(normed[0], normed[1]))


def has_norms(net: nn.Module) -> bool:
    """Whether norms were added and not folded."""
    return any(isinstance(module, Normed) for module in net.modules())


def _replace(net: nn.Module, kind: type[_Old], change: Callable[[_Old], nn.Module]) -> None:
    places = [(module, name, child) for module in net.modules() for name, child in module.named_children()]
    for module, name, child in places:
        if isinstance(child, kind):
            setattr(module, name, change(child))
