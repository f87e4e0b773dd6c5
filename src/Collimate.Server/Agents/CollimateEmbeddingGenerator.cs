using Collimate.Server.Embedding;
using Microsoft.Extensions.AI;

namespace Collimate.Server.Agents;

/// <summary>A dual encoder of this process as an <see cref="IEmbeddingGenerator"/> of texts and of pictures: both lie in one space, so that a text finds pictures.</summary>
/// <param name="model">The model.</param>
/// <param name="ownsModel">Whether it is disposed with the generator.</param>
public sealed class CollimateEmbeddingGenerator(EmbeddingModel model, bool ownsModel = false)
    : IEmbeddingGenerator<string, Embedding<float>>, IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly EmbeddingGeneratorMetadata metadata = new("collimate", defaultModelId: model.Name, defaultModelDimensions: model.Size);

    /// <summary>Reads a SigLIP or CLIP checkpoint.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="Torch.Serialization.CheckpointException">The folder holds no such checkpoint.</exception>
    public static CollimateEmbeddingGenerator Load(string folder) =>
        new(EmbeddingModel.Load(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), folder), ownsModel: true);

    /// <summary>Places texts.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">What is asked for; another number of dimensions than the model's is refused.</param>
    /// <param name="cancellationToken">Ends the work after the text in hand.</param>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        return Task.Run(() =>
        {
            var tokens = 0L;
            var placed = Placed(values, text =>
            {
                var (embedding, read) = model.EmbedText(text);
                tokens += read;
                return embedding;
            }, cancellationToken);
            placed.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
            return placed;
        }, cancellationToken);
    }

    /// <summary>Places pictures.</summary>
    /// <param name="values">The files of the pictures.</param>
    /// <param name="options">What is asked for; another number of dimensions than the model's is refused.</param>
    /// <param name="cancellationToken">Ends the work after the picture in hand.</param>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        return Task.Run(() => Placed(values, picture => model.EmbedPicture(picture.Data.Span), cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? metadata
            : serviceType == typeof(EmbeddingModel) ? model
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ownsModel)
        {
            model.Dispose();
        }
    }

    private GeneratedEmbeddings<Embedding<float>> Placed<T>(IEnumerable<T> values, Func<T, float[]> place, CancellationToken cancellation)
    {
        var placed = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var value in values)
        {
            cancellation.ThrowIfCancellationRequested();
            placed.Add(new Embedding<float>(place(value)) { ModelId = model.Name, CreatedAt = DateTimeOffset.UtcNow });
        }

        return placed;
    }

    private void Check(EmbeddingGenerationOptions? options)
    {
        if (options?.Dimensions is { } wanted && wanted != model.Size)
        {
            throw new NotSupportedException($"Dimensions is {wanted}; this model's embeddings have {model.Size} numbers");
        }
    }
}
