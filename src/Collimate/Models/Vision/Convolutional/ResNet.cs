using Collimate.Imaging;
using Collimate.Torch;
using Collimate.Torch.Layers;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Vision.Convolutional;

/// <summary>A residual convolutional network (He et al. 2016), with or without a head for classes. Parameters carry Hugging Face's names; files with torchvision's are read too.</summary>
/// <remarks>In training (<see cref="Module.SetTraining"/>) batch norms use and update statistics of the batch, unless <see cref="KeepsStatistics"/> is set.</remarks>
public sealed class ResNet : Module
{
    private const string BodyName = "resnet."; // where there is a head beside it

    private readonly ConvolutionUnit stem;
    private readonly ResNetLayer[][] stages;
    private readonly Linear? classifier;
    private bool keepsStatistics;

    /// <summary>Makes a network with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public ResNet(ResNetConfig config, Generator? generator = null)
    {
        Config = config;
        var body = config.ClassCount is null ? "" : BodyName;
        stem = AddModule($"{body}embedder.embedder", new ConvolutionUnit(config.ChannelCount, config.EmbeddingSize, 7, 2, config.Activation, generator));
        stages = new ResNetLayer[config.Depths.Count][];
        var inputs = config.EmbeddingSize;
        for (var stage = 0; stage < stages.Length; stage++)
        {
            var outputs = config.HiddenSizes[stage];
            var stride = stage > 0 || config.DownsamplesInFirstStage ? 2 : 1;
            stages[stage] = new ResNetLayer[config.Depths[stage]];
            for (var layer = 0; layer < stages[stage].Length; layer++)
            {
                var isFirst = layer == 0;
                stages[stage][layer] = AddModule(
                    $"{body}encoder.stages.{stage}.layers.{layer}", new ResNetLayer(config, isFirst ? inputs : outputs, outputs, isFirst ? stride : 1, generator));
            }

            inputs = outputs;
        }

        classifier = config.ClassCount is { } classes ? AddModule("classifier.1", new Linear(inputs, classes, generator: generator)) : null;
    }

    /// <summary>The network's shape.</summary>
    public ResNetConfig Config { get; }

    /// <summary>Whether batch norms use their running statistics, and leave them alone, in training too.</summary>
    public bool KeepsStatistics
    {
        get => keepsStatistics;
        set
        {
            keepsStatistics = value;
            foreach (var unit in stages.SelectMany(stage => stage).SelectMany(layer => layer.Units).Prepend(stem))
            {
                unit.KeepsStatistics = value;
            }
        }
    }

    /// <summary>Reads a checkpoint folder, with or without a head, its tensors named as by Hugging Face or by torchvision.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="withHead">Whether the head is read where there is one.</param>
    /// <exception cref="CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static ResNet Load(string folder, bool withHead = true)
    {
        var config = ResNetConfig.Load(CheckpointFolder.ConfigFile(folder));
        using var reader = SafetensorsReader.OpenFolder(folder);
        var (names, isTorchvision) = (reader.Names, TorchvisionNames.AreIn(reader.Names));
        var head = names.Where(name => TorchvisionNames.IsHead(name) || name.StartsWith("classifier.", StringComparison.Ordinal)).ToArray();
        var keepsHead = withHead && head.Length > 0;
        string Ours(string name) => isTorchvision ? TorchvisionNames.ToHuggingFace(name, keepsHead)
            : !keepsHead && name.StartsWith(BodyName, StringComparison.Ordinal) ? name[BodyName.Length..] : name;
        return CheckpointFolder.Filled(() => new ResNet(keepsHead ? config : config with { ClassCount = null }), folder, Ours, keepsHead ? [] : [.. head.Select(Ours)]);
    }

    /// <summary>Reads a weights file whose tensors carry torchvision's names (<c>layer1.0.conv1.weight</c>).</summary>
    /// <param name="file">The safetensors file.</param>
    /// <param name="config">The network's shape; torchvision's is the default one, with 1000 classes.</param>
    /// <exception cref="CheckpointException">The file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static ResNet LoadTorchvision(string file, ResNetConfig config)
    {
        using var scope = new TensorScope();
        using var reader = SafetensorsReader.Open(file);
        var hasHead = reader.Names.Any(TorchvisionNames.IsHead);
        var model = CheckpointFolder.Made(() => new ResNet(hasHead ? config : config with { ClassCount = null }), reader, file);
        try
        {
            var state = reader.Names.ToDictionary(name => TorchvisionNames.ToHuggingFace(name, hasHead), reader.Read);
            model.LoadStateDict(state, strict: true, origin: file);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes a checkpoint folder in Hugging Face's layout.</summary>
    public void Save(string folder) => CheckpointFolder.Save(this, Config.ToJson(), folder);

    /// <summary>Looks at pictures.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, height, width]</c>, of any size.</param>
    /// <param name="trace">Keeps what enters the first stage and what leaves each, <c>[images, channels, rows, columns]</c>.</param>
    /// <exception cref="ArgumentException">The pixels have another shape than the configuration says.</exception>
    public ResNetFeatures Encode(Tensor pixels, ForwardTrace? trace = null)
    {
        var last = Stages(pixels, stages.Length, trace);
        return new ResNetFeatures(last, last.Mean([2, 3], keepDimensions: true));
    }

    /// <summary>One hidden state, running only the stages before it.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, height, width]</c>.</param>
    /// <param name="number">0 is what enters the first stage, n the output of stage n; negative ones count from the end, so -1 is the last stage.</param>
    /// <returns><c>[images, channels, rows, columns]</c></returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage.</exception>
    public Tensor HiddenState(Tensor pixels, int number) => Stages(pixels, StateNumber(number), null);

    /// <summary>Channels of a hidden state; see <see cref="HiddenState"/> for its number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage.</exception>
    public int WidthOf(int number) => StateNumber(number) is > 0 and var stage ? Config.HiddenSizes[stage - 1] : Config.EmbeddingSize;

    /// <summary>Scores of the classes.</summary>
    /// <param name="features">What <see cref="Encode"/> gave.</param>
    /// <returns><c>[images, classes]</c></returns>
    /// <exception cref="InvalidOperationException">The network has no head.</exception>
    public Tensor Logits(ResNetFeatures features) => classifier?.Forward(features.Pooled.Flatten(1))
        ?? throw new InvalidOperationException("this network has no head for classes");

    internal int StateNumber(int number)
    {
        var counted = number < 0 ? stages.Length + 1 + number : number;
        return counted >= 0 && counted <= stages.Length
            ? counted
            : throw new ArgumentOutOfRangeException(nameof(number), number, $"a network of {stages.Length} stages has hidden states 0 to {stages.Length}, or -1 to {-stages.Length - 1}");
    }

    /// <summary>How many places a hidden state has along a side of so many pixels: every step of two rounds up.</summary>
    internal int PlacesAlong(int pixels, int number)
    {
        var halvings = 2 + (number == 0 ? 0 : number - (Config.DownsamplesInFirstStage ? 0 : 1));
        for (; halvings > 0; halvings--)
        {
            pixels = (pixels + 1) / 2;
        }

        return pixels;
    }

    /// <summary>Every convolution before a hidden state, in the order in which a picture meets them, and the places of its output.</summary>
    /// <param name="picture">The picture's size.</param>
    /// <param name="number">The hidden state's number; see <see cref="HiddenState"/>.</param>
    internal IEnumerable<(ConvolutionUnit Unit, long Places)> Convolutions(ImageSize picture, int number)
    {
        var (height, width) = (stem.PlacesAlong(picture.Height), stem.PlacesAlong(picture.Width));
        yield return (stem, (long)height * width);
        (height, width) = ((height + 1) / 2, (width + 1) / 2); // the pool behind it
        foreach (var layer in stages.Take(StateNumber(number)).SelectMany(stage => stage))
        {
            foreach (var unit in layer.Row)
            {
                (height, width) = (unit.PlacesAlong(height), unit.PlacesAlong(width));
                yield return (unit, (long)height * width);
            }

            if (layer.Shortcut is { } shortcut)
            {
                yield return (shortcut, (long)height * width);
            }
        }
    }

    private Tensor Stages(Tensor pixels, int count, ForwardTrace? trace)
    {
        if (pixels.Shape is not [_, var channels, _, _] || channels != Config.ChannelCount)
        {
            throw new ArgumentException($"pixels have shape [{string.Join(", ", pixels.Shape)}]; this network takes [images, {Config.ChannelCount}, height, width]", nameof(pixels));
        }

        var state = stem.Forward(pixels).MaxPool2d(3, stride: 2, padding: 1);  // [images, embedding, height / 4, width / 4]
        trace?.AddState(state);
        foreach (var stage in stages.Take(count))
        {
            state = stage.Aggregate(state, (x, layer) => layer.Forward(x));    // [images, channels of the stage, rows, columns]
            trace?.AddState(state);
        }

        return state;
    }
}
