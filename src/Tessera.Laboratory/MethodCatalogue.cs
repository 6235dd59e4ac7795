using Tessera.Context;
using Tessera.Generation;
using Tessera.Insight;
using Tessera.Models;

namespace Tessera.Laboratory;

/// <summary>Every published method of Tessera, by name: what <c>tessera methods</c> lists and what options such as <c>--sampler</c> look names up in.</summary>
public static class MethodCatalogue
{
    /// <summary>All, in the order of their names.</summary>
    public static IReadOnlyList<MethodDescription> All { get; } =
        [.. new[] { ModelsMethods.All, GenerationMethods.All, ContextMethods.All, InsightMethods.All }.SelectMany(m => m).OrderBy(m => m.Name, StringComparer.Ordinal)];

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
        var (method, settings) = Read(stage, text);
        return method.Create<T>(settings);
    }

    /// <summary>Finds a method and reads its settings from what a person writes, without making it: for methods that each sequence needs one of.</summary>
    /// <param name="stage">The stage that it must be of.</param>
    /// <param name="text">A name, or a name and options.</param>
    /// <exception cref="ArgumentException">There is no such method of the stage, or the options are no list of pairs.</exception>
    public static (MethodDescription Method, MethodSettings Settings) Read(MethodStage stage, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var method = OfStage(stage).FirstOrDefault(m => m.Name == name && m.Factory is not null);
        if (method is null)
        {
            var names = string.Join(", ", OfStage(stage).Where(m => m.Factory is not null).Select(m => m.Name));
            throw new ArgumentException($"There is no method '{name}' here; there are {names}. See: tessera methods");
        }

        return (method, colon < 0 ? MethodSettings.None : MethodSettings.Parse(text[(colon + 1)..]));
    }
}
