using Collimate.Server.Agents;
using Collimate.Server.Inference;
using Microsoft.Extensions.AI;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers models of this process with dependency injection.</summary>
public static class CollimateServices
{
    /// <summary>Registers a checkpoint as the application's <see cref="IChatClient"/>; it is read when it is first asked for, and released with the application.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The folder of a run, a model or a checkpoint.</param>
    /// <param name="options">How much is done at once, and kept.</param>
    public static IServiceCollection AddCollimateChatClient(this IServiceCollection services, string folder, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddSingleton<IChatClient>(_ => CollimateChatClient.Load(folder, options));
    }

    /// <summary>Registers a dual encoder as the application's generator of embeddings, of texts and of pictures.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The folder of a SigLIP or CLIP checkpoint.</param>
    public static IServiceCollection AddCollimateEmbeddings(this IServiceCollection services, string folder)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services
            .AddSingleton(_ => CollimateEmbeddingGenerator.Load(folder))
            .AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(provider => provider.GetRequiredService<CollimateEmbeddingGenerator>())
            .AddSingleton<IEmbeddingGenerator<DataContent, Embedding<float>>>(provider => provider.GetRequiredService<CollimateEmbeddingGenerator>());
    }
}
