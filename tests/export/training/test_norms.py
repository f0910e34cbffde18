import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
from torch import nn

from export.training.dlib_resnet import DlibResNet
from export.training.norms import add_norms, fold_norms, has_norms

PICTURES = torch.rand(4, 3, 112, 112, generator=torch.Generator().manual_seed(0)) * 255


def backbone() -> DlibResNet:
    torch.manual_seed(1)
    return DlibResNet()


def answers(net: nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        return net.eval()(PICTURES)


def test_added_norms_change_no_answer() -> None:
    net = backbone()
    before = answers(net)

    add_norms(net, net.blocks, PICTURES)

    assert has_norms(net)
    torch.testing.assert_close(answers(net), before, atol=1e-4, rtol=1e-4)


def test_folded_norms_keep_what_was_learned() -> None:
    net = backbone()
    add_norms(net, net.blocks, PICTURES)
    net.train()(PICTURES)  # moves the running statistics
    learned = answers(net)

    fold_norms(net)

    assert not has_norms(net)
    assert len(list(net.parameters())) == len(list(backbone().parameters()))
    torch.testing.assert_close(answers(net), learned, atol=1e-4, rtol=1e-4)
