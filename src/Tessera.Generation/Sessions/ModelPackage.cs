using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Files;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Generation;

/// <summary>
/// A model with everything that belongs to it, from one path: weights, tokenizer, chat template, recommended options.
/// <code>
/// using var package = ModelPackage.Load("model.gguf");
/// using var session = package.NewSession();
/// Console.WriteLine(await package.NewChat(session).SendAsync("Hello!").ToTextAsync());
/// </code>
/// Immutable and shared by any number of sessions.
/// </summary>
public sealed class ModelPackage : IDisposable
{
    private readonly ModelText? _text;

    private ModelPackage(Model model, ModelText? text) => (Model, _text) = (model, text);

    /// <summary>The model: a <see cref="LanguageModel"/>, an <see cref="EncoderModel"/> or an <see cref="EncoderDecoderModel"/>.</summary>
    public Model Model { get; }

    /// <summary>The model as one that continues text.</summary>
    /// <exception cref="UnsupportedFeatureException">It is of another kind.</exception>
    public LanguageModel Language => Model as LanguageModel
        ?? throw new UnsupportedFeatureException(Model.Source, "continuing text with this kind of model", "It takes a decoder such as Llama, Qwen or Gemma.");

    /// <summary>Whether the files hold a tokenizer.</summary>
    public bool HasText => _text is not null;

    /// <summary>Tokenizer, special tokens, chat templates and recommended options.</summary>
    /// <exception cref="UnsupportedFeatureException">The files hold no tokenizer.</exception>
    public ModelText Text => _text ?? throw new UnsupportedFeatureException(
        Model.Source, "text for a model without a tokenizer", "Put its tokenizer.json beside the weights, or work with token ids.");

    /// <summary>What the publisher recommends; nothing where the files say nothing.</summary>
    public GenerationDefaults Defaults => _text?.Defaults ?? GenerationDefaults.None;

    /// <summary>
    /// Loads a model: a .gguf file, which brings everything with it; a .safetensors file with Hugging Face's files beside it; or a folder
    /// with either. In a folder tokenizer.json, tokenizer_config.json, chat_template.jinja and generation_config.json rule over what a
    /// GGUF file in it says.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Bounds and use; the defaults if null.</param>
    /// <exception cref="TesseraException">A file is malformed, asks for what is not supported, or for more than is allowed.</exception>
    /// <exception cref="IOException">There is nothing at the path, or it can't be opened.</exception>
    public static ModelPackage Load(string path, ModelLoadOptions? options = null) => Load(WeightFiles.Open(path, options?.Limits), options);

    /// <summary>Loads a model from open files, which it then owns; they are closed if this fails.</summary>
    /// <inheritdoc cref="Load(string, ModelLoadOptions?)"/>
    /// <param name="files">The files.</param>
    /// <param name="options">Bounds and use; the defaults if null.</param>
    public static ModelPackage Load(WeightFiles files, ModelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        try
        {
            var text = ModelText.Find(files, options?.Limits);
            return new ModelPackage(Model.Load(files, options), text);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>An empty session over the model.</summary>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <param name="sequences">How keys and values are kept, under which policy, schedule and adapter; F16 and none of them if null.</param>
    /// <exception cref="UnsupportedFeatureException">The model does not continue text.</exception>
    public Session NewSession(PassOptions? passes = null, SequenceOptions? sequences = null) => new(new ModelDecoder(Language, passes, sequences), _text);

    /// <summary>An empty conversation, with the model's own chat template and recommended options.</summary>
    /// <param name="session">A session over this model; it stays the caller's.</param>
    /// <param name="options">Options of its turns; the recommended ones if null.</param>
    /// <exception cref="UnsupportedFeatureException">The model has no tokenizer or no chat template.</exception>
    public ChatSession NewChat(Session session, GenerationOptions? options = null) => new(session, Text.ChatFormat(), options ?? Defaults.ToOptions());

    /// <summary>Closes the model. Sessions over it must have ended.</summary>
    public void Dispose() => Model.Dispose();
}
