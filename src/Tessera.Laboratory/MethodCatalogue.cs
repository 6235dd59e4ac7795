using Tessera.Context;
using Tessera.Generation;
using Tessera.Insight;
using Tessera.Models;
using Tessera.Tokenizers;

namespace Tessera.Laboratory;

/// <summary>Every published method of Tessera, by name: what <c>tessera methods</c> lists and what options such as <c>--sampler</c> look names up in.</summary>
public static class MethodCatalogue
{
    /// <summary>All, in the order of their names.</summary>
    public static IReadOnlyList<MethodDescription> All { get; } =
        [.. new[] { TokenizersMethods.All, ModelsMethods.All, GenerationMethods.All, ContextMethods.All, InsightMethods.All }.SelectMany(m => m).OrderBy(m => m.Name, StringComparer.Ordinal)];

    /// <summary>The methods of a stage, in the order of their names.</summary>
    /// <param name="stage">The stage.</param>
    public static IEnumerable<MethodDescription> OfStage(MethodStage stage) => All.Where(m => m.Stage == stage);

    /// <summary>A method by its name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The method; null where there is none of that name.</returns>
    public static MethodDescription? Find(string name) => All.FirstOrDefault(m => m.Name == name);

    /// <summary>Makes a method from what a person writes.</summary>
    /// <typeparam name="T">What is wanted: a logits stage, a policy, a strategy …</typeparam>
    /// <param name="stage">The stage that it must be of.</param>
    /// <param name="text">A name, or a name and options: <c>typical:mass=0.9,min-keep=2</c>.</param>
    /// <exception cref="ArgumentException">There is no such method of the stage, an option is unknown, or a value is out of range; the message says what there is.</exception>
    public static T Create<T>(MethodStage stage, string text)
    {
        var (method, settings) = Read(text, stage);
        return method.Create<T>(settings);
    }

    /// <summary>Finds a method and reads its settings from what a person writes, without making it: for methods that each sequence needs one of.</summary>
    /// <param name="text">A name, or a name and options.</param>
    /// <param name="stages">The stages that it may be of.</param>
    /// <exception cref="ArgumentException">There is no such method of the stages, or the options are no list of pairs.</exception>
    public static (MethodDescription Method, MethodSettings Settings) Read(string text, params ReadOnlySpan<MethodStage> stages)
    {
        var wanted = stages.ToArray();
        return Read(text, All.Where(m => wanted.Contains(m.Stage)));
    }

    /// <summary>Finds a method among some and reads its settings from what a person writes.</summary>
    /// <param name="text">A name, or a name and options.</param>
    /// <param name="methods">Those that it may be; what can't be made by name is passed over.</param>
    /// <exception cref="ArgumentException">There is no such method among them, or the options are no list of pairs.</exception>
    public static (MethodDescription Method, MethodSettings Settings) Read(string text, IEnumerable<MethodDescription> methods)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(methods);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var made = methods.Where(m => m.Factory is not null).ToList();
        var method = made.Find(m => m.Name == name)
            ?? throw new ArgumentException($"There is no method '{name}' here; there are {string.Join(", ", made.Select(m => m.Name))}. See: tessera methods");
        return (method, colon < 0 ? MethodSettings.None : MethodSettings.Parse(text[(colon + 1)..]));
    }
}
