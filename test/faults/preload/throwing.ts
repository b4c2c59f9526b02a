// Loaded before a server: at SIGWINCH, which nobody else listens to, something goes wrong.

process.on('SIGWINCH', () => {
  const error = new Error('thrown by a test')
  if (process.env['THROW'] === 'rejection') void Promise.reject(error)
  else
    setTimeout(() => {
      throw error
    })
})
