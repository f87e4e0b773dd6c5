using Collimate.Torch.Layers;

namespace Collimate.Torch.Tests.Modules;

/// <summary>A net with a part in a part, a name with a dot, and a buffer.</summary>
internal sealed class SmallNet : Module
{
    private readonly Linear first;
    private readonly Linear second;
    private readonly Tensor offset;

    internal SmallNet(ulong seed = 1, long width = 3)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(seed);
        first = AddModule("model.first", new Linear(width, 4, generator: generator));
        second = AddModule("second", new Linear(4, 2, bias: false, generator));
        offset = AddBuffer("offset", Tensor.Full([2], 0.5));
    }

    internal Linear First => first;

    internal Tensor Forward(Tensor x) => second.Forward(first.Forward(x).Tanh()) + offset;
}
