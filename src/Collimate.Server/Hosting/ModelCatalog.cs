using Collimate.Server.Embedding;
using Collimate.Server.Inference;
using Collimate.Server.Protocol;

namespace Collimate.Server.Hosting;

/// <summary>The models that a server has.</summary>
public sealed class ModelCatalog : IDisposable
{
    private readonly Dictionary<string, ChatEngine> chats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EmbeddingModel> embeddings = new(StringComparer.Ordinal);

    /// <param name="chats">Those that answer; the catalog's from now on.</param>
    /// <param name="embeddings">Those that embed; the catalog's from now on.</param>
    /// <exception cref="ArgumentException">Two have one name.</exception>
    public ModelCatalog(IEnumerable<ChatEngine> chats, IEnumerable<EmbeddingModel>? embeddings = null)
    {
        foreach (var engine in chats)
        {
            Add(engine.Name, () => this.chats.Add(engine.Name, engine));
        }

        foreach (var model in embeddings ?? [])
        {
            Add(model.Name, () => this.embeddings.Add(model.Name, model));
        }
    }

    /// <summary>The models that answer.</summary>
    public IReadOnlyCollection<ChatEngine> Chats => chats.Values;

    /// <summary>The models that embed.</summary>
    public IReadOnlyCollection<EmbeddingModel> Embeddings => embeddings.Values;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var engine in chats.Values)
        {
            engine.Dispose();
        }

        foreach (var model in embeddings.Values)
        {
            model.Dispose();
        }
    }

    internal ChatEngine ChatModel(string? name) => Find(chats, name, embeddings.ContainsKey(name ?? "") ? "embeds and does not answer" : null);

    internal EmbeddingModel EmbeddingModel(string? name) => Find(embeddings, name, chats.ContainsKey(name ?? "") ? "answers and does not embed" : null);

    internal ModelList List() => new(
        [.. chats.Values.Select(engine => new ModelEntry(engine.Name, engine.Created.ToUnixTimeSeconds()) { Kind = "chat", Sees = engine.Sees, ContextLength = engine.ContextLength }),
         .. embeddings.Values.Select(model => new ModelEntry(model.Name, model.Created.ToUnixTimeSeconds()) { Kind = "embeddings", Sees = true, ContextLength = model.ContextLength })]);

    private static T Find<T>(Dictionary<string, T> models, string? name, string? other)
    {
        if (name is null)
        {
            return models.Count == 1 ? models.Values.First() : throw ApiException.Invalid(
                "The request names no model; /v1/models lists them.", "model", "missing_required_parameter");
        }

        return models.TryGetValue(name, out var found) ? found
            : other is not null ? throw ApiException.Invalid($"This model {other}.", "model", "model_not_suitable")
            : throw ApiException.NotFound("There is no such model; /v1/models lists them.", "model", "model_not_found");
    }

    private void Add(string name, Action add)
    {
        if (chats.ContainsKey(name) || embeddings.ContainsKey(name))
        {
            throw new ArgumentException($"two models are called '{name}'; give one another name, as NAME=FOLDER");
        }

        add();
    }
}
