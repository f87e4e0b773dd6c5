namespace Collimate.Torch;

/// <summary>Trades time for memory: keeps only a block's inputs, and runs the block again when its gradients are needed. PyTorch: <c>torch.utils.checkpoint</c>.</summary>
/// <remarks>The block runs again under the <see cref="Autocast"/> of its first run, wherever the backward pass is called from.</remarks>
public static class ActivationCheckpoint
{
    /// <summary>Runs a block without keeping what it computes inside.</summary>
    /// <param name="block">A pure function of its inputs and of parameters; random numbers it draws from the default generator are drawn again alike.</param>
    /// <param name="inputs">Its inputs.</param>
    public static Tensor Run(Func<Tensor[], Tensor> block, params Tensor[] inputs)
    {
        if (!GradMode.IsEnabled)
        {
            return block(inputs);
        }

        // Parameters inside the block are not inputs of the node, so it is recorded even where no input asks for a gradient.
        if (inputs.Any(i => i.RequiresGrad))
        {
            return new Node(block).Apply(inputs)[0];
        }

        using var anchor = Tensor.Zeros([1]);
        anchor.RequiresGrad = true;
        return new Node(x => block(x[..^1])).Apply([.. inputs, anchor])[0];
    }

    private sealed class Node(Func<Tensor[], Tensor> block) : CustomFunction
    {
        private byte[] randomState = [];
        private Device device;
        private ScalarType? narrowed;

        protected override Tensor[] Forward(Tensor[] inputs)
        {
            device = inputs[0].Device;
            using var generator = Generator.DefaultOf(device);
            randomState = generator.State;
            narrowed = Autocast.TypeOn(device.Type);
            Save(inputs);
            using var scope = new TensorScope();
            // A weight cast here is not wanted again in this pass, and all of them together are half the model.
            using var uncached = Autocast.WithoutCache();
            return [scope.Escape(block(inputs))];
        }

        protected override Tensor?[] Backward(Tensor?[] gradients, Tensor[] savedTensors)
        {
            if (gradients[0] is not { } gradient)
            {
                return new Tensor?[savedTensors.Length];
            }

            using var generator = Generator.DefaultOf(device);
            var now = generator.State;
            generator.State = randomState;
            var leaves = savedTensors.Select(Leaf).ToArray();
            using (GradMode.Enable())
            {
                Tensor output;
                using (Autocast.EnableIf(narrowed, device.Type))
                {
                    output = block(leaves);
                }

                output.Backward(gradient);
            }

            generator.State = now;
            return [.. leaves.Select(l => l.RequiresGrad ? l.Grad : null)];
        }

        private static Tensor Leaf(Tensor tensor)
        {
            var leaf = tensor.Detach();
            if (tensor.RequiresGrad)
            {
                leaf.RequiresGrad = true;
            }

            return leaf;
        }
    }
}
